using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Orchestrator.Replication.Nbd;

/// <summary>The option haggling of one client: fixed newstyle only.</summary>
/// <remarks>Everything a client can make us hold is bounded: an option's payload, a name, the number of options.</remarks>
internal sealed class NbdHandshake(Socket socket, IReadOnlyNbdExports exports)
{
    private const int MaxOption = 64 << 10;
    private const int MaxDrain = 4 << 20;
    private const int MaxOptions = 1024;

    private bool _noZeroes;
    private bool _structured;
    private string? _contextExport; // The export the allocation context was set for.

    /// <summary>Haggles until the client chose an export; null when it gave up.</summary>
    /// <exception cref="InvalidDataException">The client does not speak the protocol.</exception>
    /// <exception cref="EndOfStreamException">It went away.</exception>
    public NbdSession? Run()
    {
        Span<byte> greeting = stackalloc byte[18];
        BinaryPrimitives.WriteUInt64BigEndian(greeting, NbdWire.Greeting);
        BinaryPrimitives.WriteUInt64BigEndian(greeting[8..], NbdWire.OptionMagic);
        BinaryPrimitives.WriteUInt16BigEndian(greeting[16..], 3); // FIXED_NEWSTYLE, NO_ZEROES
        Send(greeting);
        var flags = BinaryPrimitives.ReadUInt32BigEndian(Receive(4));
        if ((flags & ~(NbdWire.ClientFixedNewstyle | NbdWire.ClientNoZeroes)) != 0)
        {
            throw new InvalidDataException("The client sets flags nobody offered.");
        }

        _noZeroes = (flags & NbdWire.ClientNoZeroes) != 0;
        for (var i = 0; i < MaxOptions; i++)
        {
            if (Haggle(out var session))
            {
                return session;
            }
        }

        throw new InvalidDataException("The client sends options without end.");
    }

    /// <summary>Handles one option; true ends the haggling.</summary>
    private bool Haggle(out NbdSession? session)
    {
        session = null;
        var header = Receive(16);
        if (BinaryPrimitives.ReadUInt64BigEndian(header) != NbdWire.OptionMagic)
        {
            throw new InvalidDataException("An option has a wrong magic number.");
        }

        var option = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
        var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
        if (length > MaxOption)
        {
            RefuseTooBig(option, length);
            return false;
        }

        var payload = Receive((int)length);
        switch (option)
        {
            case NbdWire.OptionExportName:
                session = AcceptExportName(payload);
                return true;
            case NbdWire.OptionAbort:
                Reply(option, NbdWire.ReplyAck);
                return true;
            case NbdWire.OptionInfo or NbdWire.OptionGo:
                session = AnswerInfo(option, payload);
                return session is not null && option == NbdWire.OptionGo;
            default:
                Answer(option, payload);
                return false;
        }
    }

    private void Answer(uint option, byte[] payload)
    {
        switch (option)
        {
            case NbdWire.OptionList:
                List(payload);
                break;
            case NbdWire.OptionStructuredReply:
                _structured |= payload.Length == 0;
                Reply(option, payload.Length == 0 ? NbdWire.ReplyAck : NbdWire.ErrorInvalid);
                break;
            case NbdWire.OptionListMetaContext or NbdWire.OptionSetMetaContext:
                MetaContext(option, payload);
                break;
            default:
                Reply(option, NbdWire.ErrorUnsupported);
                break;
        }
    }

    private void RefuseTooBig(uint option, uint length)
    {
        if (length > MaxDrain)
        {
            throw new InvalidDataException($"An option of {length} bytes is not read.");
        }

        for (var left = (int)length; left > 0; left -= MaxOption)
        {
            _ = Receive(Math.Min(left, MaxOption));
        }

        Reply(option, NbdWire.ErrorTooBig);
    }

    /// <summary>The oldest way to choose an export; it knows no error but to hang up.</summary>
    private NbdSession? AcceptExportName(byte[] payload)
    {
        if (payload.Length > NbdWire.MaxString || exports.Find(Encoding.UTF8.GetString(payload)) is not { } export)
        {
            return null;
        }

        var reply = new byte[_noZeroes ? 10 : 134];
        BinaryPrimitives.WriteUInt64BigEndian(reply, (ulong)export.Device.Length);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(8), TransmissionFlags(export));
        Send(reply);
        return Session(export);
    }

    private NbdSession Session(NbdExport export) => new(export, _structured, _structured && _contextExport == export.Name);

    private NbdSession? AnswerInfo(uint option, byte[] payload)
    {
        var reader = new OptionReader(payload);
        if (!reader.TryString(out var name) || !reader.TryUInt16(out var count) || reader.Remaining != count * 2)
        {
            Reply(option, NbdWire.ErrorInvalid);
            return null;
        }

        if (exports.Find(name) is not { } export)
        {
            Reply(option, NbdWire.ErrorUnknown);
            return null;
        }

        SendInfo(option, NbdWire.InfoExport, [.. BigEndian((ulong)export.Device.Length), .. BigEndian(TransmissionFlags(export))]);
        SendInfo(option, NbdWire.InfoBlockSize, [.. BigEndian(1u), .. BigEndian((uint)NbdWire.PreferredBlock), .. BigEndian((uint)NbdWire.MaxPayload)]);
        SendAskedInfo(option, export, ref reader);
        Reply(option, NbdWire.ReplyAck);
        return Session(export);
    }

    private void SendAskedInfo(uint option, NbdExport export, ref OptionReader reader)
    {
        bool name = false, description = false;
        while (reader.TryUInt16(out var info))
        {
            name |= info == NbdWire.InfoName;
            description |= info == NbdWire.InfoDescription;
        }

        if (name)
        {
            SendInfo(option, NbdWire.InfoName, Encoding.UTF8.GetBytes(export.Name));
        }

        if (description)
        {
            SendInfo(option, NbdWire.InfoDescription, Encoding.UTF8.GetBytes(export.Description));
        }
    }

    private void SendInfo(uint option, ushort type, byte[] content) => Reply(option, NbdWire.ReplyInfo, [.. BigEndian(type), .. content]);

    private void List(byte[] payload)
    {
        if (payload.Length != 0)
        {
            Reply(NbdWire.OptionList, NbdWire.ErrorInvalid);
            return;
        }

        foreach (var export in exports.All())
        {
            var name = Encoding.UTF8.GetBytes(export.Name);
            Reply(NbdWire.OptionList, NbdWire.ReplyServer, [.. BigEndian((uint)name.Length), .. name, .. Encoding.UTF8.GetBytes(export.Description)]);
        }

        Reply(NbdWire.OptionList, NbdWire.ReplyAck);
    }

    private void MetaContext(uint option, byte[] payload)
    {
        var isSet = option == NbdWire.OptionSetMetaContext;
        if (isSet)
        {
            _contextExport = null; // Each call replaces the set, also one that fails.
        }

        if (!_structured || !TryReadQueries(payload, out var name, out var asked, out var count, isSet))
        {
            Reply(option, NbdWire.ErrorInvalid);
            return;
        }

        if (exports.Find(name) is null)
        {
            Reply(option, NbdWire.ErrorUnknown);
            return;
        }

        if (asked || (!isSet && count == 0))
        {
            _contextExport = isSet ? name : _contextExport;
            var id = isSet ? NbdWire.AllocationContextId : 0;
            Reply(option, NbdWire.ReplyMetaContext, [.. BigEndian(id), .. Encoding.UTF8.GetBytes(NbdWire.AllocationContext)]);
        }

        Reply(option, NbdWire.ReplyAck);
    }

    private static bool TryReadQueries(byte[] payload, out string name, out bool asked, out uint count, bool isSet)
    {
        var reader = new OptionReader(payload);
        asked = false;
        count = 0;
        if (!reader.TryString(out name) || !reader.TryUInt32(out count))
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!reader.TryString(out var query))
            {
                return false;
            }

            // "base:" stands for the whole namespace, but only when listing.
            asked |= query == NbdWire.AllocationContext || (!isSet && query == "base:");
        }

        return reader.Remaining == 0;
    }

    private ushort TransmissionFlags(NbdExport export) =>
        (ushort)(NbdWire.HasFlags | NbdWire.SendFlush | NbdWire.SendFua | NbdWire.SendTrim | NbdWire.SendWriteZeroes | NbdWire.SendFastZero
            | NbdWire.SendCache | NbdWire.CanMultiConn | (_structured ? NbdWire.SendDf : 0) | (export.Device.IsReadOnly ? NbdWire.ReadOnly : 0));

    private static byte[] BigEndian(ushort value) => [(byte)(value >> 8), (byte)value];

    private static byte[] BigEndian(uint value) => [.. BigEndian((ushort)(value >> 16)), .. BigEndian((ushort)value)];

    private static byte[] BigEndian(ulong value) => [.. BigEndian((uint)(value >> 32)), .. BigEndian((uint)value)];

    private void Reply(uint option, uint type, params byte[] content) =>
        Send([.. BigEndian(NbdWire.OptionReplyMagic), .. BigEndian(option), .. BigEndian(type), .. BigEndian((uint)content.Length), .. content]);

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    private byte[] Receive(int length)
    {
        var bytes = new byte[length];
        for (var have = 0; have < length;)
        {
            var count = socket.Receive(bytes.AsSpan(have));
            have += count > 0 ? count : throw new EndOfStreamException();
        }

        return bytes;
    }
}
