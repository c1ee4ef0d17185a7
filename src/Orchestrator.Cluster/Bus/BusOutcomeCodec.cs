using Orchestrator.MessagePack;

namespace Orchestrator.Cluster.Bus;

/// <summary>Outcomes as MessagePack: [status, fields].</summary>
internal static class BusOutcomeCodec
{
    private const int OkStatus = 0;
    private const int NotOwnerStatus = 1;
    private const int MovedStatus = 2;
    private const int BusyStatus = 3;
    private const int UnavailableStatus = 4;
    private const int FailedStatus = 5;
    private const int UnknownStatus = 6;

    public static void Write(ref MessagePackWriter writer, BusOutcome outcome)
    {
        switch (outcome)
        {
            case BusOutcome.Ok ok:
                Begin(ref writer, OkStatus, 1);
                writer.WriteBinary(ok.Body.Span);
                break;
            case BusOutcome.NotOwner elsewhere:
                Begin(ref writer, NotOwnerStatus, 2);
                writer.WriteNullable(elsewhere.Owner);
                writer.Write(elsewhere.Epoch);
                break;
            case BusOutcome.Moved moved:
                Begin(ref writer, MovedStatus, 2);
                writer.Write(moved.To);
                writer.Write(ToMilliseconds(moved.NotBefore));
                break;
            case BusOutcome.Busy:
                Begin(ref writer, BusyStatus, 0);
                break;
            case BusOutcome.Unavailable unavailable:
                Begin(ref writer, UnavailableStatus, 3);
                writer.Write(ToMilliseconds(unavailable.RetryAfter));
                WriteError(ref writer, unavailable.Code, unavailable.Message);
                break;
            case BusOutcome.Failed failed:
                Begin(ref writer, FailedStatus, 2);
                WriteError(ref writer, failed.Code, failed.Message);
                break;
            case BusOutcome.Unknown unknown:
                Begin(ref writer, UnknownStatus, 2);
                WriteError(ref writer, unknown.Code, unknown.Message);
                break;
            default:
                throw new ArgumentNullException(nameof(outcome));
        }

        writer.EndContract();
        writer.EndContract();
    }

    public static BusOutcome Read(ref MessagePackReader reader)
    {
        var status = reader.BeginUnion();
        reader.BeginContract();
        BusOutcome outcome = status switch
        {
            OkStatus => new BusOutcome.Ok(reader.ReadBinary()),
            NotOwnerStatus => new BusOutcome.NotOwner(reader.ReadNullableGuid(), reader.ReadInt64()),
            MovedStatus => new BusOutcome.Moved(reader.ReadGuid(), ReadMilliseconds(ref reader)),
            BusyStatus => BusOutcome.Busy.Instance,
            UnavailableStatus => new BusOutcome.Unavailable(ReadMilliseconds(ref reader), reader.ReadString(), reader.ReadString()),
            FailedStatus => new BusOutcome.Failed(reader.ReadString(), reader.ReadString()),
            UnknownStatus => new BusOutcome.Unknown(reader.ReadString(), reader.ReadString()),
            _ => throw reader.Invalid($"{status} is no status of a reply"),
        };
        reader.EndContract();
        reader.EndContract();
        return outcome;
    }

    /// <summary>Whole milliseconds, rounded up: what is not over must not become so on its way.</summary>
    public static long ToMilliseconds(TimeSpan value) =>
        (Math.Max(0, value.Ticks) + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;

    public static TimeSpan ReadMilliseconds(ref MessagePackReader reader) => TimeSpan.FromMilliseconds((double)reader.ReadUInt32());

    private static void Begin(ref MessagePackWriter writer, int status, int fields)
    {
        writer.BeginUnion(status);
        writer.BeginContract(fields);
    }

    private static void WriteError(ref MessagePackWriter writer, string code, string message)
    {
        writer.Write(BusText.Sendable(code));
        writer.Write(BusText.Sendable(message));
    }
}
