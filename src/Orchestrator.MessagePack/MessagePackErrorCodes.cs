namespace Orchestrator.MessagePack;

/// <summary>The stable codes of <see cref="MessagePackException"/>.</summary>
public static class MessagePackErrorCodes
{
    /// <summary>The data ends inside a value, or where a value should start.</summary>
    public const string Truncated = "ORC4101";

    /// <summary>The value is of another type than the reader of it expects.</summary>
    public const string UnexpectedType = "ORC4102";

    /// <summary>The number does not fit the type it is read into.</summary>
    public const string OutOfRange = "ORC4103";

    /// <summary>The byte 0xc1, which the specification never uses, stands where a value should start.</summary>
    public const string ReservedByte = "ORC4104";

    /// <summary>Arrays and maps are nested deeper than <see cref="MessagePackReader.MaxDepth"/>.</summary>
    public const string TooDeep = "ORC4105";

    /// <summary>Text is not valid UTF-8 (reading) or holds a lone surrogate (writing).</summary>
    public const string InvalidText = "ORC4106";

    /// <summary>A header announces more bytes or elements than the data can hold.</summary>
    public const string LengthExceedsData = "ORC4107";

    /// <summary>A map holds the same key twice.</summary>
    public const string DuplicateKey = "ORC4108";

    /// <summary>Bytes follow the value.</summary>
    public const string TrailingData = "ORC4109";

    /// <summary>A timestamp is malformed, or outside the years 0001 to 9999.</summary>
    public const string InvalidTimestamp = "ORC4110";

    /// <summary>A contract ends before a field without a default.</summary>
    public const string MissingField = "ORC4111";

    /// <summary>A well-formed value has no meaning here: an undefined enum number, an identifier that is not 16 bytes long.</summary>
    public const string InvalidValue = "ORC4112";
}
