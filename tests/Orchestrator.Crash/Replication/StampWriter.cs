using System.Buffers.Binary;
using Orchestrator.Replication.Source;

namespace Orchestrator.Crash.Replication;

/// <summary>Writes sectors that carry rising stamps, and notes each write once it was answered.</summary>
internal static class StampWriter
{
    public const int Threads = 4;
    public const int SectorsPerThread = 128;
    public const int Sector = 512;
    public const int DiskLength = Threads * SectorsPerThread * Sector * 2;
    public const int PromiseSize = 16;

    /// <summary>The second half of each disk, where threads overwrite each other.</summary>
    public const int ContestedStart = Threads * SectorsPerThread * Sector;

    public static void Run(CapturedMachine machine, string promises, int seed)
    {
        using var file = new FileStream(promises, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        var threads = Enumerable.Range(0, Threads)
            .Select(thread => new Thread(() => Write(machine, file, thread, new Random((seed * 31) + thread)))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
    }

    /// <summary>The highest stamp of a thread on any disk.</summary>
    public static long LastStamp(IEnumerable<byte[]> images, int thread) => images.Max(image =>
        Enumerable.Range(thread * SectorsPerThread, SectorsPerThread).Max(sector => StampOf(image, sector)));

    public static long StampOf(byte[] image, int sector) => BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(sector * Sector));

    public static long ReadPromises(string path, Dictionary<(int Disk, int Sector), long> promises)
    {
        var count = 0L;
        foreach (var promise in File.ReadAllBytes(path).Chunk(PromiseSize).Where(p => p.Length == PromiseSize))
        {
            promises[(BitConverter.ToInt32(promise), BitConverter.ToInt32(promise, 4))] = BitConverter.ToInt64(promise, 8);
            count++;
        }

        return count;
    }

    private static void Write(CapturedMachine machine, FileStream promises, int thread, Random random)
    {
        var noise = new byte[40_000];
        var images = CrashCheck.Images(machine);
        CatchUp(machine, images, thread);
        for (var stamp = LastStamp(images, thread) + 1; ; stamp++)
        {
            var sector = (thread * SectorsPerThread) + random.Next(SectorsPerThread);
            foreach (var disk in new[] { 0, 1 }) // Disk 1 only after disk 0 answered: at no cut may it lead.
            {
                machine.Disks[disk].Write((long)sector * Sector, Stamp(stamp));
                Promise(promises, disk, sector, stamp);
            }

            random.NextBytes(noise);
            var length = random.Next(1, noise.Length);
            machine.Disks[random.Next(2)].Write(ContestedStart + random.Next(ContestedStart - length), noise.AsSpan(0, length));
            Occasionally(machine, random);
        }
    }

    /// <summary>Writes the stamp the kill kept from disk 1, so that it again lags by at most one.</summary>
    private static void CatchUp(CapturedMachine machine, byte[][] images, int thread)
    {
        var last = LastStamp(images, thread);
        var sector = Enumerable.Range(thread * SectorsPerThread, SectorsPerThread).First(s => StampOf(images[0], s) == last);
        if (last > 0)
        {
            machine.Disks[1].Write((long)sector * Sector, Stamp(last));
        }
    }

    private static void Occasionally(CapturedMachine machine, Random random)
    {
        switch (random.Next(60))
        {
            case 0:
                machine.CutEpoch(EpochKind.CrashConsistent, Guid.NewGuid());
                break;
            case 1:
                machine.Disks[random.Next(2)].Flush();
                break;
            case 2:
                machine.Disks[random.Next(2)].Trim(ContestedStart, random.Next(1, ContestedStart));
                break;
        }
    }

    private static byte[] Stamp(long stamp)
    {
        var sector = new byte[Sector];
        sector.AsSpan().Fill((byte)stamp);
        BinaryPrimitives.WriteInt64LittleEndian(sector, stamp);
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(Sector - 8), stamp);
        return sector;
    }

    private static void Promise(FileStream promises, int disk, int sector, long stamp)
    {
        Span<byte> promise = stackalloc byte[PromiseSize];
        BinaryPrimitives.WriteInt32LittleEndian(promise, disk);
        BinaryPrimitives.WriteInt32LittleEndian(promise[4..], sector);
        BinaryPrimitives.WriteInt64LittleEndian(promise[8..], stamp);
        lock (promises)
        {
            promises.Write(promise);
        }
    }
}
