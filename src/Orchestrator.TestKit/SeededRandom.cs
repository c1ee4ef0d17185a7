namespace Orchestrator.TestKit;

/// <summary>A random source whose sequence depends on its seed alone, on every version of .NET.</summary>
/// <remarks>SplitMix64 (Steele, Lea, Flood 2014). <see cref="Fork"/> gives each subsystem its
/// own stream, so that one more draw here does not move another.</remarks>
public sealed class SeededRandom : Random
{
    private ulong _state;

    /// <summary>Starts the sequence of a seed.</summary>
    public SeededRandom(long seed) => _state = unchecked((ulong)seed);

    /// <summary>An independent stream.</summary>
    /// <param name="stream">Which one; the same number gives the same stream.</param>
    public SeededRandom Fork(int stream) => new(unchecked((long)Mix(_state ^ ((ulong)(uint)stream * 0x9e3779b97f4a7c15UL))));

    /// <inheritdoc />
    public override int Next() => (int)(NextBits() >> 33);

    /// <inheritdoc />
    public override int Next(int maxValue) => Next(0, maxValue);

    /// <inheritdoc />
    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        var range = (ulong)((long)maxValue - minValue);
        return range == 0 ? minValue : (int)(minValue + (long)(NextBits() % range));
    }

    /// <inheritdoc />
    public override long NextInt64() => (long)(NextBits() >> 1);

    /// <inheritdoc />
    public override double NextDouble() => Sample();

    /// <inheritdoc />
    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    /// <inheritdoc />
    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref var value in buffer)
            value = (byte)NextBits();
    }

    /// <inheritdoc />
    protected override double Sample() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    private ulong NextBits() => Mix(_state = unchecked(_state + 0x9e3779b97f4a7c15UL));

    private static ulong Mix(ulong value)
    {
        value = unchecked((value ^ (value >> 30)) * 0xbf58476d1ce4e5b9UL);
        value = unchecked((value ^ (value >> 27)) * 0x94d049bb133111ebUL);
        return value ^ (value >> 31);
    }
}
