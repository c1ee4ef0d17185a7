using System.Buffers.Binary;
using System.Net.Sockets;
using Orchestrator.Replication.Blocks;

namespace Orchestrator.Replication.Nbd;

/// <summary>Serves the requests of one client: one thread, each request run to completion, replies gathered.</summary>
/// <remarks>
/// Running requests one after the other looks slow and is not: with the data in the page cache a hand-over to another thread costs more
/// than the request. Clients that want parallel I/O open several connections (CAN_MULTI_CONN).
/// </remarks>
internal sealed class NbdTransmission
{
    private const long MaxDrain = 256L << 20;
    private const int MaxExtents = 8192;
    private const long ExtentWindow = 256L << 20;
    private const int HoleProbe = 512 << 10; // Below that asking for holes costs more than sending zeroes; on tmpfs by far.

    private readonly NbdInput _input;
    private readonly NbdOutput _output;
    private readonly NbdSession _session;
    private readonly IBlockDevice _device;
    private readonly Func<bool> _stopping;

    public NbdTransmission(Socket socket, NbdSession session, Func<bool> stopping)
    {
        _input = new NbdInput(socket);
        _output = new NbdOutput(socket);
        _session = session;
        _device = session.Export.Device;
        _stopping = stopping;
    }

    /// <summary>Serves until the client leaves.</summary>
    /// <exception cref="InvalidDataException">The client broke the protocol.</exception>
    public void Run()
    {
        while (true)
        {
            while (_input.TryTakeRequest(out var request))
            {
                if (request.Command == NbdCommand.Disconnect)
                {
                    _output.Send();
                    return;
                }

                Serve(request);
            }

            _output.Send();
            if (!_input.Receive())
            {
                return;
            }
        }
    }

    private void Serve(in NbdRequest request)
    {
        var payload = request.Command == NbdCommand.Write ? TakePayload(request) : default;
        var error = Check(request);
        if (error != 0)
        {
            Fail(request, error);
            return;
        }

        try
        {
            Execute(request, payload);
        }
        catch (ReplicationException failure)
        {
            Fail(request, NbdWire.ErrorOf(failure));
        }
        catch (ObjectDisposedException)
        {
            Fail(request, NbdWire.Shutdown);
        }
    }

    private ReadOnlySpan<byte> TakePayload(in NbdRequest request)
    {
        if (request.Length > NbdWire.MaxPayload)
        {
            if (request.Length > MaxDrain)
            {
                throw new InvalidDataException($"A write of {request.Length} bytes is not read.");
            }

            _output.Send();
            _input.Skip(request.Length);
            return default;
        }

        if (!_input.Has((int)request.Length))
        {
            _output.Send(); // Answer what is done while the rest comes in.
        }

        return _input.Take((int)request.Length);
    }

    /// <summary>The error of a request that must not reach the device, or 0.</summary>
    private uint Check(in NbdRequest request)
    {
        if (_stopping())
        {
            return NbdWire.Shutdown;
        }

        if ((request.Flags & ~AllowedFlags(request.Command)) != 0 || !Enum.IsDefined(request.Command))
        {
            return NbdWire.Invalid;
        }

        if (request.Command == NbdCommand.Flush)
        {
            return 0;
        }

        var changes = request.Command is NbdCommand.Write or NbdCommand.Trim or NbdCommand.WriteZeroes;
        if (changes && _device.IsReadOnly)
        {
            return NbdWire.NotPermitted;
        }

        if (request.Length == 0 || (request.Command is NbdCommand.Read or NbdCommand.Write && request.Length > NbdWire.MaxPayload))
        {
            return NbdWire.Invalid;
        }

        var size = (ulong)_device.Length;
        var inside = request.Offset <= size && request.Length <= size - request.Offset;
        return inside ? 0 : request.Command is NbdCommand.Write or NbdCommand.WriteZeroes ? NbdWire.NoSpace : NbdWire.Invalid;
    }

    private int AllowedFlags(NbdCommand command) => NbdWire.FlagFua | command switch
    {
        NbdCommand.Read => _session.StructuredReplies ? NbdWire.FlagDf : 0,
        NbdCommand.WriteZeroes => NbdWire.FlagNoHole | NbdWire.FlagFastZero,
        NbdCommand.BlockStatus => NbdWire.FlagReqOne,
        _ => 0,
    };

    private void Execute(in NbdRequest request, ReadOnlySpan<byte> payload)
    {
        var offset = (long)request.Offset;
        switch (request.Command)
        {
            case NbdCommand.Read:
                Read(request);
                return;
            case NbdCommand.BlockStatus:
                BlockStatus(request);
                return;
            case NbdCommand.Write:
                _device.Write(offset, payload);
                break;
            case NbdCommand.Trim:
                _device.Trim(offset, request.Length);
                break;
            case NbdCommand.WriteZeroes when request.Has(NbdWire.FlagFastZero) && request.Has(NbdWire.FlagNoHole):
                Fail(request, NbdWire.NotSupported); // Only a hole is known to be fast everywhere.
                return;
            case NbdCommand.WriteZeroes:
                _device.WriteZeroes(offset, request.Length, mayDeallocate: !request.Has(NbdWire.FlagNoHole));
                break;
            case NbdCommand.Flush:
                _device.Flush();
                break;
            default:
                break; // CACHE is a hint: the page cache decides for itself.
        }

        if (request.Has(NbdWire.FlagFua) && request.Command is NbdCommand.Write or NbdCommand.Trim or NbdCommand.WriteZeroes)
        {
            _device.Flush();
        }

        _output.Simple(request.Cookie, 0);
    }

    private void Read(in NbdRequest request)
    {
        var length = (int)request.Length;
        if (!_session.StructuredReplies)
        {
            var reply = _output.Reserve(NbdWire.SimpleReplySize + length);
            _device.Read((long)request.Offset, reply[NbdWire.SimpleReplySize..]);
            NbdOutput.WriteSimpleHeader(reply, request.Cookie, 0);
            _output.Commit(reply.Length);
        }
        else if (length < HoleProbe || request.Has(NbdWire.FlagDf))
        {
            ReadChunk(request, (long)request.Offset, length, isLast: true);
        }
        else
        {
            ReadExtents(request);
        }
    }

    /// <summary>Holes are told instead of sent, and data goes in pieces, so that the buffer stays small.</summary>
    private void ReadExtents(in NbdRequest request)
    {
        const int piece = 1 << 20;
        var end = (long)request.Offset + request.Length;
        foreach (var extent in Merge(_device.GetExtents((long)request.Offset, request.Length)))
        {
            if (extent.IsZero)
            {
                HoleChunk(request, extent, end);
                continue;
            }

            for (var offset = extent.Offset; offset < extent.Offset + extent.Length; offset += piece)
            {
                var length = (int)Math.Min(piece, extent.Offset + extent.Length - offset);
                ReadChunk(request, offset, length, offset + length == end);
            }
        }
    }

    private void ReadChunk(in NbdRequest request, long offset, int length, bool isLast)
    {
        var chunk = _output.Reserve(NbdWire.ChunkSize + 8 + length);
        _device.Read(offset, chunk[(NbdWire.ChunkSize + 8)..]);
        NbdOutput.WriteChunkHeader(chunk, isLast ? NbdWire.ChunkDone : (ushort)0, NbdWire.ChunkOffsetData, request.Cookie, length + 8);
        BinaryPrimitives.WriteInt64BigEndian(chunk[NbdWire.ChunkSize..], offset);
        _output.Commit(chunk.Length);
    }

    private void HoleChunk(in NbdRequest request, in BlockExtent extent, long end)
    {
        var isLast = extent.Offset + extent.Length == end;
        var chunk = _output.Reserve(NbdWire.ChunkSize + 12);
        NbdOutput.WriteChunkHeader(chunk, isLast ? NbdWire.ChunkDone : (ushort)0, NbdWire.ChunkOffsetHole, request.Cookie, 12);
        BinaryPrimitives.WriteInt64BigEndian(chunk[NbdWire.ChunkSize..], extent.Offset);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[(NbdWire.ChunkSize + 8)..], (uint)extent.Length);
        _output.Commit(chunk.Length);
    }

    private void BlockStatus(in NbdRequest request)
    {
        if (!_session.Allocation)
        {
            Fail(request, NbdWire.Invalid);
            return;
        }

        // An answer may cover less than was asked; so neither the search nor the answer grows with the disk.
        var length = Math.Min(request.Length, ExtentWindow);
        var extents = Merge(_device.GetExtents((long)request.Offset, length));
        var count = request.Has(NbdWire.FlagReqOne) ? 1 : Math.Min(extents.Count, MaxExtents);
        var chunk = _output.Reserve(NbdWire.ChunkSize + 4 + (count * 8));
        NbdOutput.WriteChunkHeader(chunk, NbdWire.ChunkDone, NbdWire.ChunkBlockStatus, request.Cookie, chunk.Length - NbdWire.ChunkSize);
        BinaryPrimitives.WriteUInt32BigEndian(chunk[NbdWire.ChunkSize..], NbdWire.AllocationContextId);
        for (var i = 0; i < count; i++)
        {
            var entry = chunk[(NbdWire.ChunkSize + 4 + (i * 8))..];
            BinaryPrimitives.WriteUInt32BigEndian(entry, (uint)extents[i].Length);
            BinaryPrimitives.WriteUInt32BigEndian(
                entry[4..], (extents[i].IsHole ? NbdWire.StatusHole : 0) | (extents[i].IsZero ? NbdWire.StatusZero : 0));
        }

        _output.Commit(chunk.Length);
    }

    private static List<BlockExtent> Merge(IReadOnlyList<BlockExtent> extents)
    {
        var merged = new List<BlockExtent>(extents.Count);
        foreach (var extent in extents)
        {
            if (merged.Count > 0 && merged[^1] is var last && (last.IsHole, last.IsZero) == (extent.IsHole, extent.IsZero))
            {
                merged[^1] = last with { Length = last.Length + extent.Length };
            }
            else
            {
                merged.Add(extent);
            }
        }

        return merged;
    }

    private void Fail(in NbdRequest request, uint error)
    {
        if (_session.StructuredReplies)
        {
            _output.StructuredError(request.Cookie, error);
        }
        else
        {
            _output.Simple(request.Cookie, error);
        }
    }
}
