namespace Orchestrator.MessagePack;

/// <summary>The errors of the codec, worded once.</summary>
internal static class Fault
{
    public static MessagePackException Truncated(long offset, long needed, long left) => Create(
        MessagePackErrorCodes.Truncated, offset,
        $"The data ends inside the value at byte {offset}: {needed} bytes needed, {left} left. Read it again from its source; it was cut off.");

    public static MessagePackException UnexpectedType(long offset, string expected, MessagePackType actual) => Create(
        MessagePackErrorCodes.UnexpectedType, offset,
        $"Expected {expected} at byte {offset}, found {Describe(actual)}. The data is of another type, or of a version that changed a field's type.");

    public static MessagePackException OutOfRange(long offset, string value, string target) => Create(
        MessagePackErrorCodes.OutOfRange, offset,
        $"The number {value} at byte {offset} does not fit {target}. The data is damaged, or of another type than expected.");

    public static MessagePackException ReservedByte(long offset) => Create(
        MessagePackErrorCodes.ReservedByte, offset,
        $"The byte 0xc1 at byte {offset} starts no value. The data is damaged, or not MessagePack.");

    public static MessagePackException TooDeep(long offset) => Create(
        MessagePackErrorCodes.TooDeep, offset,
        $"The value at byte {offset} is nested deeper than {OpenContainers.MaxDepth} levels, which is refused. Flatten it.");

    public static MessagePackException InvalidUtf8(long offset) => Create(
        MessagePackErrorCodes.InvalidText, offset,
        $"The text at byte {offset} is not valid UTF-8. The data is damaged, or its writer stored bytes as text.");

    public static MessagePackException LoneSurrogate(long offset) => Create(
        MessagePackErrorCodes.InvalidText, offset,
        "The text to write holds half a surrogate pair, which UTF-8 cannot express. Correct the text where it enters the system.");

    public static MessagePackException LengthExceedsData(long offset, string length, long left) => Create(
        MessagePackErrorCodes.LengthExceedsData, offset,
        $"The header at byte {offset} announces {length}, but only {left} bytes can belong to it. The data is damaged or cut off.");

    public static MessagePackException DuplicateKey(long offset, string key) => Create(
        MessagePackErrorCodes.DuplicateKey, offset,
        $"The map holds the key {key} a second time at byte {offset}. The data is damaged, or its writer is at fault.");

    public static MessagePackException TrailingData(long offset, long left) => Create(
        MessagePackErrorCodes.TrailingData, offset,
        $"{left} bytes follow the value, from byte {offset} on. The data is damaged, or holds more than one value.");

    public static MessagePackException InvalidTimestamp(long offset, string detail) => Create(
        MessagePackErrorCodes.InvalidTimestamp, offset,
        $"The timestamp at byte {offset} is not usable: {detail}.");

    public static MessagePackException MissingField(long offset) => Create(
        MessagePackErrorCodes.MissingField, offset,
        $"The contract ends at byte {offset} before a field that has no default. The data is of an older or another type.");

    public static MessagePackException InvalidValue(long offset, string detail) => Create(
        MessagePackErrorCodes.InvalidValue, offset,
        $"The value before byte {offset} is refused: {detail}.");

    public static string Describe(MessagePackType type) => type switch
    {
        MessagePackType.Nil => "nil",
        MessagePackType.Boolean => "a boolean",
        MessagePackType.Integer => "a whole number",
        MessagePackType.FloatingPoint => "a floating-point number",
        MessagePackType.Text => "text",
        MessagePackType.Binary => "bytes",
        MessagePackType.Array => "an array",
        MessagePackType.Map => "a map",
        _ => "an extension",
    };

    private static MessagePackException Create(string code, long offset, string message) => new(code, message, offset);
}
