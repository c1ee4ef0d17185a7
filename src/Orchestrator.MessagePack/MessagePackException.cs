namespace Orchestrator.MessagePack;

/// <summary>
/// Data cannot be read as what it should be, or a value cannot be written. The only exception that bad data causes;
/// misuse by the calling code shows as <see cref="InvalidOperationException"/> or <see cref="ArgumentException"/>.
/// </summary>
public sealed class MessagePackException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="code">A code of <see cref="MessagePackErrorCodes"/>.</param>
    /// <param name="message">What is wrong with which value, and what to do.</param>
    /// <param name="offset">Where the value starts, in bytes from the start of the data.</param>
    /// <param name="inner">The cause.</param>
    public MessagePackException(string code, string message, long offset, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Offset = offset;
    }

    /// <summary>The stable code.</summary>
    public string Code { get; }

    /// <summary>Where the offending value starts, in bytes from the start of the data.</summary>
    public long Offset { get; }
}
