using System.Buffers;

namespace Orchestrator.MessagePack;

/// <summary>Whole messages: exactly one value, nothing behind it.</summary>
public static class MessagePackSerializer
{
    /// <summary>Encodes a value of a type with a contract.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>The bytes; equal values give equal bytes.</returns>
    /// <exception cref="MessagePackException">A text in it holds a lone surrogate, or it is nested too deeply.</exception>
    public static byte[] Serialize<T>(T value)
        where T : IMessagePackContract<T> =>
        Serialize(value, static (ref writer, item) => writer.WriteContract(item));

    /// <summary>Encodes a value.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="write">Writes it.</param>
    /// <returns>The bytes; equal values give equal bytes.</returns>
    /// <exception cref="MessagePackException">A text in it holds a lone surrogate, or it is nested too deeply.</exception>
    public static byte[] Serialize<T>(T value, MessagePackWrite<T> write)
    {
        using var buffer = new MessagePackBuffer();
        Serialize(buffer, value, write);
        return buffer.ToArray();
    }

    /// <summary>Encodes a value of a type with a contract behind what <paramref name="output"/> holds already.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="output">The destination. After an exception it holds a part of the value.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="MessagePackException">A text in it holds a lone surrogate, or it is nested too deeply.</exception>
    public static void Serialize<T>(IBufferWriter<byte> output, T value)
        where T : IMessagePackContract<T> =>
        Serialize(output, value, static (ref writer, item) => writer.WriteContract(item));

    /// <summary>Encodes a value behind what <paramref name="output"/> holds already.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="output">The destination. After an exception it holds a part of the value.</param>
    /// <param name="value">The value.</param>
    /// <param name="write">Writes it.</param>
    /// <exception cref="MessagePackException">A text in it holds a lone surrogate, or it is nested too deeply.</exception>
    public static void Serialize<T>(IBufferWriter<byte> output, T value, MessagePackWrite<T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var writer = new MessagePackWriter(output);
        write(ref writer, value);
        writer.EnsureComplete();
    }

    /// <summary>Decodes a value of a type with a contract.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="data">All bytes of the value and nothing else.</param>
    /// <returns>The value.</returns>
    /// <exception cref="MessagePackException">The data is not such a value, or more than that.</exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> data)
        where T : IMessagePackContract<T> => Deserialize(data, T.Read);

    /// <summary>Decodes a value.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="data">All bytes of the value and nothing else.</param>
    /// <param name="read">Reads it.</param>
    /// <returns>The value.</returns>
    /// <exception cref="MessagePackException">The data is not such a value, or more than that.</exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> data, MessagePackRead<T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        var reader = new MessagePackReader(data);
        var value = read(ref reader);
        reader.EnsureEnd();
        return value;
    }
}
