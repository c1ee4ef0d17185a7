namespace Orchestrator.MessagePack;

/// <content>Contracts, nullable values and collections.</content>
public ref partial struct MessagePackWriter
{
    /// <summary>Begins a value stored as an array of its fields, see <see cref="IMessagePackContract{TSelf}"/>.</summary>
    /// <param name="fieldCount">The number of fields: exactly as many values must be written before <see cref="EndContract"/>.</param>
    /// <exception cref="MessagePackException">Nested deeper than <see cref="MessagePackReader.MaxDepth"/>.</exception>
    public void BeginContract(int fieldCount) => PutArray(fieldCount, contract: true);

    /// <summary>Begins one of several types, stored as [tag, body]: write the body next, then <see cref="EndContract"/>.</summary>
    /// <param name="tag">The number of the type: never reused, never a name of the code.</param>
    /// <exception cref="MessagePackException">Nested deeper than <see cref="MessagePackReader.MaxDepth"/>.</exception>
    public void BeginUnion(int tag)
    {
        BeginContract(2);
        Write(tag);
    }

    /// <summary>Ends the contract or union begun last.</summary>
    /// <exception cref="InvalidOperationException">Fewer fields were written than announced, or none is open.</exception>
    public void EndContract()
    {
        if (!_open.InContract)
            throw new InvalidOperationException("No contract to end here: an array or map inside it lacks values, or none was begun.");
        if (_open.Owed > 0)
            throw new InvalidOperationException($"The contract lacks {_open.Owed} fields: lower the count of BeginContract, or write them.");
        _open.LeaveContract();
    }

    /// <summary>Writes a value of a type with a contract.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="value">The value.</param>
    public void WriteContract<T>(T value)
        where T : IMessagePackContract<T>
    {
        ArgumentNullException.ThrowIfNull(value);
        value.Write(ref this);
    }

    /// <summary>Writes an enum value as its number.</summary>
    /// <typeparam name="T">An enum over <see cref="int"/> with explicit numbers; a set of flags is written as a number instead.</typeparam>
    /// <param name="value">A defined value.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined: it could not be read back.</exception>
    public void WriteEnum<T>(T value)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value)) throw new ArgumentOutOfRangeException(nameof(value), value, $"Not a value of {typeof(T).Name}.");
        Write(EnumNumber<T>.Of(value));
    }

    /// <summary>Writes text, or nil for null.</summary>
    /// <param name="value">The text.</param>
    /// <exception cref="MessagePackException">The text holds a lone surrogate.</exception>
    public void WriteNullable(string? value)
    {
        if (value is null) WriteNil(); else Write(value);
    }

    /// <summary>Writes a value, or nil for null.</summary>
    /// <param name="value">The value.</param>
    public void WriteNullable(bool? value)
    {
        if (value is null) WriteNil(); else Write(value.Value);
    }

    /// <inheritdoc cref="WriteNullable(bool?)"/>
    public void WriteNullable(long? value)
    {
        if (value is null) WriteNil(); else Write(value.Value);
    }

    /// <inheritdoc cref="WriteNullable(bool?)"/>
    public void WriteNullable(double? value)
    {
        if (value is null) WriteNil(); else Write(value.Value);
    }

    /// <inheritdoc cref="WriteNullable(bool?)"/>
    public void WriteNullable(Guid? value)
    {
        if (value is null) WriteNil(); else Write(value.Value);
    }

    /// <inheritdoc cref="WriteNullable(bool?)"/>
    public void WriteNullable(TimeSpan? value)
    {
        if (value is null) WriteNil(); else Write(value.Value);
    }

    /// <inheritdoc cref="WriteNullable(bool?)"/>
    public void WriteNullable(DateTimeOffset? value)
    {
        if (value is null) WriteNil(); else Write(value.Value);
    }

    /// <summary>Writes bytes, or nil for null.</summary>
    /// <param name="value">The bytes.</param>
    public void WriteNullableBinary(byte[]? value)
    {
        if (value is null) WriteNil(); else WriteBinary(value);
    }

    /// <summary>Writes a value of a reference type, or nil for null.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="value">The value.</param>
    /// <param name="write">Writes it when it is not null.</param>
    public void WriteNullable<T>(T? value, MessagePackWrite<T> write)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(write);
        if (value is null) WriteNil(); else write(ref this, value);
    }

    /// <summary>Writes a value of a type with a contract, or nil for null.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="value">The value.</param>
    public void WriteNullableContract<T>(T? value)
        where T : class, IMessagePackContract<T>
    {
        if (value is null) WriteNil(); else value.Write(ref this);
    }
}
