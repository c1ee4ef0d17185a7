namespace Orchestrator.MessagePack;

/// <summary>The families of values of the MessagePack specification, as <see cref="MessagePackReader.PeekType"/> tells them.</summary>
public enum MessagePackType
{
    /// <summary>No value.</summary>
    Nil = 0,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number, from -2^63 to 2^64-1.</summary>
#pragma warning disable CA1720 // the word of the specification
    Integer,
#pragma warning restore CA1720

    /// <summary>An IEEE 754 number of 32 or 64 bits.</summary>
    FloatingPoint,

    /// <summary>UTF-8 text ("str").</summary>
    Text,

    /// <summary>Bytes ("bin").</summary>
    Binary,

    /// <summary>A sequence of values.</summary>
    Array,

    /// <summary>A sequence of key and value pairs.</summary>
    Map,

    /// <summary>A typed byte string; type -1 is a timestamp.</summary>
    Extension,
}
