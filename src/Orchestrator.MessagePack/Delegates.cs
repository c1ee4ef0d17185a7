namespace Orchestrator.MessagePack;

/// <summary>Writes a value of a type that does not implement <see cref="IMessagePackContract{TSelf}"/>: exactly one value.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <param name="writer">The destination.</param>
/// <param name="value">The value.</param>
public delegate void MessagePackWrite<in T>(ref MessagePackWriter writer, T value);

/// <summary>Reads what a <see cref="MessagePackWrite{T}"/> wrote: exactly one value.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <param name="reader">The source.</param>
/// <returns>The value.</returns>
/// <exception cref="MessagePackException">The data is not such a value.</exception>
public delegate T MessagePackRead<out T>(ref MessagePackReader reader);
