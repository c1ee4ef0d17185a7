using System.Globalization;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Sqlite;

namespace Orchestrator.Crash.Journal;

/// <summary>The process that gets killed: appends without end and prints what was acknowledged.</summary>
/// <remarks>
/// <c>journal-child DIR SEED [WRITERS [APPENDS]]</c>, without end if no number of appends per writer is given. Lines: <c>ready</c>; <c>ack SHARD POSITION HASH</c> after an append of events up to
/// there; <c>failed CODE UNKNOWN</c>, then <c>refused CODE</c> for each of three further tries. Ends when its input ends.
/// </remarks>
public static class JournalChild
{
    /// <summary>How many shards the journal of the rig has.</summary>
    public const int ShardCount = 8;

    private const int MaxWriters = ShardCount / 2;

    /// <summary>The verb.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var seed = int.Parse(args[1], CultureInfo.InvariantCulture);
        var writers = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : MaxWriters;
        var appends = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : int.MaxValue;
        try
        {
            await using var journal = await SqliteJournal.OpenAsync(DatabaseOf(args[0]), ShardCount, TimeProvider.System);
            Console.WriteLine("ready");
            var loops = Enumerable.Range(0, writers).Select(w => new Writer(journal, w, seed).RunAsync(appends));
            var parentEnded = Task.Run(Console.In.ReadToEnd); // Its async form blocks the caller.
            await await Task.WhenAny(Task.WhenAll(loops), parentEnded);
            return 4;
        }
        catch (JournalException error)
        {
            Console.WriteLine($"failed {error.Code} {error.OutcomeUnknown}");
            return 3;
        }
    }

    /// <summary>The database file in the rig's directory.</summary>
    public static string DatabaseOf(string directory) => Path.Combine(directory, "journal.db");

    /// <summary>Owns two shards and appends to both in each call.</summary>
    private sealed class Writer(IJournal journal, int number, int seed)
    {
        private readonly Random _random = new(seed * 31 + number);
        private readonly int[] _shards = [number, number + MaxWriters];
        private readonly Dictionary<int, CrashEntity[]> _entities = [];
        private ShardGrant[] _grants = [];

        public async Task RunAsync(int appends)
        {
            _grants = [.. await journal.AcquireAsync(_shards, CancellationToken.None)];
            foreach (var grant in _grants)
            {
                await AddEntitiesAsync(grant);
            }

            var failures = 0;
            for (var i = 0; i < appends && failures < 4; i++)
            {
                failures += await AppendAsync(failures > 0) ? 0 : 1;
            }
        }

        // One entity lives through all the kills, the others are of this process.
        private async Task AddEntitiesAsync(ShardGrant grant)
        {
            var old = new CrashEntity(new PersistenceId(1, $"s{grant.ShardId}"));
            await old.RecoverAsync(journal);
            _entities[grant.ShardId] = [old, Fresh(grant, "a"), Fresh(grant, "b")];
        }

        private static CrashEntity Fresh(ShardGrant grant, string name) =>
            new(new PersistenceId(2, $"s{grant.ShardId}-{grant.Epoch}-{name}"));

        private async Task<bool> AppendAsync(bool failedBefore)
        {
            var appends = _grants.Select(NextAppend).ToArray();
            try
            {
                var outcomes = await journal.AppendAsync(appends, CancellationToken.None);
                for (var i = 0; i < appends.Length; i++)
                {
                    Acknowledge(i, appends[i], outcomes[i]);
                }

                return true;
            }
            catch (JournalException error)
            {
                Console.WriteLine(failedBefore ? $"refused {error.Code}" : $"failed {error.Code} {error.OutcomeUnknown}");
                return false;
            }
        }

        private ShardAppend NextAppend(ShardGrant grant)
        {
            var count = _random.Next(1, 9);
            var events = Enumerable.Range(0, count).Select(i => NextEvent(grant, i, count)).ToArray();
            var id = new PersistenceId(1, $"s{grant.ShardId}");
            var reminder = new JournalReminder(id, "wake", grant.Head, events[^1].At.AddHours(1), []);
            return new ShardAppend(grant.ShardId, grant.Epoch, grant.Head, events, [new ReminderChange(id, "wake", reminder)]);
        }

        private JournalEvent NextEvent(ShardGrant grant, int index, int count)
        {
            var payload = new byte[_random.Next(20, 500)];
            _random.NextBytes(payload);
            var entity = _entities[grant.ShardId][_random.Next(3)];
            return entity.Next(grant.Epoch, TimeProvider.System.GetUtcNow(), payload, index, count);
        }

        private void Acknowledge(int index, ShardAppend append, AppendOutcome outcome)
        {
            if (outcome != AppendOutcome.Stored)
            {
                throw new InvalidOperationException($"Shard {append.ShardId} was fenced, though nobody else owns it.");
            }

            var head = append.ExpectedHead + append.Events.Count;
            _grants[index] = _grants[index] with { Head = head };
            Console.WriteLine(new Acknowledgement(append.ShardId, head, append.Events[^1].Hash).ToString());
        }
    }
}
