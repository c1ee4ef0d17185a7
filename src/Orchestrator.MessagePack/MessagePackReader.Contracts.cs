namespace Orchestrator.MessagePack;

/// <content>Contracts and nullable values.</content>
public ref partial struct MessagePackReader
{
    /// <summary>
    /// Whether the contract being read has another field. False: the data is of a version that did not have the field yet,
    /// so its default applies. (Missing is not nil: that is a value, see the <c>ReadNullable…</c> methods.)
    /// </summary>
    /// <exception cref="InvalidOperationException">The next value is not a field of a contract: a mistake of the calling code.</exception>
    public readonly bool HasField
    {
        get
        {
            CheckInContract();
            return _open.Owed > 0;
        }
    }

    /// <summary>
    /// Begins a value stored as an array of its fields, see <see cref="IMessagePackContract{TSelf}"/>. Reading a field that
    /// is not there throws, so read those of the first version directly and ask <see cref="HasField"/> for later ones.
    /// </summary>
    /// <returns>The number of fields the data has.</returns>
    /// <exception cref="MessagePackException">It is not an array, or one that the data cannot hold, or nested too deeply.</exception>
    public int BeginContract() => Enter(Expect(MessagePackType.Array), contract: true);

    /// <summary>Begins one of several types, stored as [tag, body]: the body is next, then <see cref="EndContract"/>.</summary>
    /// <returns>The tag; for an unknown one keep the body with <see cref="ReadRaw"/>.</returns>
    /// <exception cref="MessagePackException">It is not such an array.</exception>
    public int BeginUnion()
    {
        BeginContract();
        return ReadInt32();
    }

    /// <summary>Ends the contract or union begun last and skips the fields that were not read: those of later versions.</summary>
    /// <exception cref="MessagePackException">A skipped field is not well-formed.</exception>
    /// <exception cref="InvalidOperationException">None is open, or an array or map inside it was not read to its end.</exception>
    public void EndContract()
    {
        CheckInContract();
        while (_open.Owed > 0) Skip();
        _open.LeaveContract();
    }

    /// <summary>Skips the next field if the contract has it: for a reserved key.</summary>
    /// <exception cref="MessagePackException">It is not well-formed.</exception>
    public void SkipField()
    {
        if (HasField) Skip();
    }

    /// <summary>Reads a value of a type with a contract.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>The value.</returns>
    /// <exception cref="MessagePackException">The data is not such a value.</exception>
    public T ReadContract<T>()
        where T : IMessagePackContract<T> => T.Read(ref this);

    /// <summary>Reads an enum value from its number.</summary>
    /// <typeparam name="T">An enum over <see cref="int"/>.</typeparam>
    /// <returns>A defined value.</returns>
    /// <exception cref="MessagePackException">It is not a number, or the enum does not define it.</exception>
    public T ReadEnum<T>()
        where T : struct, Enum
    {
        var number = ReadInt32();
        var value = EnumNumber<T>.From(number);
        return Enum.IsDefined(value) ? value : throw Fault.InvalidValue(_offset, $"{number} is not a value of {typeof(T).Name}");
    }

    /// <summary>Reads text or nil.</summary>
    /// <returns>The text, or null.</returns>
    /// <exception cref="MessagePackException">It is neither.</exception>
    public string? ReadNullableString() => TryReadNil() ? null : ReadString();

    /// <summary>Reads a value or nil.</summary>
    /// <returns>The value, or null.</returns>
    /// <exception cref="MessagePackException">It is neither.</exception>
    public bool? ReadNullableBoolean() => TryReadNil() ? null : ReadBoolean();

    /// <inheritdoc cref="ReadNullableBoolean"/>
    public int? ReadNullableInt32() => TryReadNil() ? null : ReadInt32();

    /// <inheritdoc cref="ReadNullableBoolean"/>
    public long? ReadNullableInt64() => TryReadNil() ? null : ReadInt64();

    /// <inheritdoc cref="ReadNullableBoolean"/>
    public double? ReadNullableDouble() => TryReadNil() ? null : ReadDouble();

    /// <inheritdoc cref="ReadNullableBoolean"/>
    public Guid? ReadNullableGuid() => TryReadNil() ? null : ReadGuid();

    /// <inheritdoc cref="ReadNullableBoolean"/>
    public TimeSpan? ReadNullableTimeSpan() => TryReadNil() ? null : ReadTimeSpan();

    /// <inheritdoc cref="ReadNullableBoolean"/>
    public DateTimeOffset? ReadNullableDateTimeOffset() => TryReadNil() ? null : ReadDateTimeOffset();

    /// <inheritdoc cref="ReadNullableBoolean"/>
    public byte[]? ReadNullableBinary() => TryReadNil() ? null : ReadBinary();

    /// <summary>Reads a value of a reference type, or nil.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="read">Reads it when it is not nil.</param>
    /// <returns>The value, or null.</returns>
    /// <exception cref="MessagePackException">It is neither.</exception>
    public T? ReadNullable<T>(MessagePackRead<T> read)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(read);
        return TryReadNil() ? null : read(ref this);
    }

    /// <summary>Reads a value of a type with a contract, or nil.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>The value, or null.</returns>
    /// <exception cref="MessagePackException">It is neither.</exception>
    public T? ReadNullableContract<T>()
        where T : class, IMessagePackContract<T> => TryReadNil() ? null : T.Read(ref this);

    /// <summary>The error with which a contract refuses a value that is well-formed but has no meaning: <c>throw reader.Invalid(…)</c>.</summary>
    /// <param name="detail">What is wrong with the value, as part of a sentence.</param>
    /// <returns>The exception to throw.</returns>
    public readonly MessagePackException Invalid(string detail) => Fault.InvalidValue(_offset, detail);

    private readonly void CheckInContract()
    {
        if (!_open.InContract)
            throw new InvalidOperationException("Not inside a contract: an array or map in it was not read to its end, or none was begun.");
    }
}
