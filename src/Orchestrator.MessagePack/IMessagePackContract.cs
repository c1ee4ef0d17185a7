namespace Orchestrator.MessagePack;

/// <summary>
/// A type that is stored as an array of its fields, the key of a field being its place in the array.
/// <code>
/// public sealed record DiskAdded(Guid Disk, string Name, long Bytes, string? Note) : IMessagePackContract&lt;DiskAdded&gt;
/// {
///     public void Write(ref MessagePackWriter writer)
///     {
///         writer.BeginContract(4);
///         writer.Write(Disk);                               // 0
///         writer.Write(Name);                               // 1
///         writer.WriteNil();                                // 2: reserved, was "serial"
///         writer.WriteNullable(Note);                       // 3: since version 2
///         writer.EndContract();
///     }
///
///     public static DiskAdded Read(ref MessagePackReader reader)
///     {
///         reader.BeginContract();
///         var disk = reader.ReadGuid();                     // missing: refused
///         var name = reader.ReadString();
///         reader.SkipField();                               // reserved
///         var note = reader.HasField ? reader.ReadNullableString() : null;
///         reader.EndContract();                             // fields of later versions: skipped
///         return new DiskAdded(disk, name, note);
///     }
/// }
/// </code>
/// A type of another assembly is stored the same way by a pair of static methods, see <see cref="MessagePackWrite{T}"/>
/// and <see cref="MessagePackRead{T}"/>.
/// </summary>
/// <remarks>
/// <para>Stored bytes outlive every version of the code. The rules that keep them readable:</para>
/// <list type="number">
/// <item>A new field goes to the end. A key is never given to another field and never changes its type.</item>
/// <item>A field that is dropped stays reserved: nil is written in its place, and its value is skipped.</item>
/// <item>A reader skips the elements behind the fields it knows: data of a later version (<c>EndContract</c> does it).</item>
/// <item>A reader gives a default to each field added after the first version: data of an earlier version ends before
/// it (<c>HasField</c>). A field of the first version is read without asking: data without it is refused.</item>
/// <item>Whether a field may be nil is part of its type: <c>WriteNullable</c> and <c>ReadNullable…</c>, or never nil.</item>
/// <item>One of several types is stored as [tag, body] (<c>BeginUnion</c>). A reader that does not know a tag keeps the
/// body's bytes (<c>ReadRaw</c>) and writes them back unchanged (<c>WriteRaw</c>).</item>
/// <item>A change that these rules do not allow is a new type, with a number of its own.</item>
/// </list>
/// </remarks>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IMessagePackContract<TSelf>
    where TSelf : IMessagePackContract<TSelf>
{
    /// <summary>Writes this value: exactly one value, from <c>BeginContract</c> to <c>EndContract</c>.</summary>
    /// <param name="writer">The destination.</param>
    void Write(ref MessagePackWriter writer);

    /// <summary>Reads a value, from <c>BeginContract</c> to <c>EndContract</c>.</summary>
    /// <param name="reader">The source.</param>
    /// <returns>The value.</returns>
    /// <exception cref="MessagePackException">The data is not such a value.</exception>
    static abstract TSelf Read(ref MessagePackReader reader);
}
