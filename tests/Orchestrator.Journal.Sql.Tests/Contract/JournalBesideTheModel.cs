using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Actors.Persistence;
using Orchestrator.Journal.Sql.Verification;

namespace Orchestrator.Journal.Sql.Tests.Contract;

/// <summary>Random work gives the same answers as the journal in memory, and a journal the verifier finds intact.</summary>
internal static class JournalBesideTheModel
{
    public const int Shards = 3;
    private static CancellationToken None => CancellationToken.None;

    /// <summary>Runs random works, each on an empty store.</summary>
    /// <param name="works">How many.</param>
    /// <param name="runOnEmptyStore">Makes a store, gives its opening and the opening of its image to the work, and removes it.</param>
    public static void Check(int works, Func<Func<Func<Task<IJournal>>, Func<Task<IJournalImage>>, Task>, Task> runOnEmptyStore) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(works), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
            runOnEmptyStore((open, openImage) => RunAsync(seed, open, openImage)).GetAwaiter().GetResult()));

    private static async Task RunAsync(int seed, Func<Task<IJournal>> open, Func<Task<IJournalImage>> openImage)
    {
        var model = new InMemoryJournal(new InMemoryJournal.Store(Shards));
        var work = new RandomWork(new Random(seed), model);
        var journal = await open();
        try
        {
            for (var step = 0; step < 60; step++)
            {
                journal = await work.StepAsync(journal, open);
            }

            (await DumpAsync(journal)).Should().Equal(await DumpAsync(model), "seed {0}", seed);
        }
        finally
        {
            await journal.DisposeAsync();
        }

        using var image = await openImage();
        (await JournalVerifier.VerifyAsync(image)).FirstDamage.Should().BeNull("seed {0}", seed);
    }

    private static async Task<List<string>> DumpAsync(IJournal journal)
    {
        var lines = new List<string>();
        for (var shard = 0; shard < Shards; shard++)
        {
            lines.Add((await journal.ReadShardHeadAsync(shard, None)).ToString());
            lines.AddRange((await journal.ReadShardAsync(shard, 0, 10_000, None))
                .Select(static e => $"{e.Position} {e.Id} {e.SequenceNr} {Convert.ToHexString(e.Hash)}"));
            lines.AddRange((await journal.ReadRemindersAsync([shard], DateTimeOffset.MaxValue, 10_000, None))
                .Select(static r => $"{r.Id} {r.Name} {r.Generation} {r.DueAt:O} {Convert.ToHexString(r.Payload)}"));
        }

        lines.AddRange((await journal.ReadOutboxAsync(new OutboxQuery([.. Enumerable.Range(0, Shards)], 10_000), None))
            .Select(static e => $"{e.ShardId} {e.Position} {e.Message.Key} {e.Message.To} {Convert.ToHexString(e.Message.Payload)}"));
        foreach (var id in await journal.ListEntitiesAsync(null, None))
        {
            lines.AddRange((await journal.ReadInboxAsync(id, None)).Select(static mark => mark.ToString()).Order(StringComparer.Ordinal));
            var snapshot = await journal.LoadSnapshotAsync(id, long.MaxValue, None);
            lines.Add($"{id} {snapshot?.SequenceNr} {(snapshot is null ? "" : Convert.ToHexString(snapshot.Payload))}");
        }

        return lines;
    }

    /// <summary>Does the same random thing to both, sometimes with a stale grant.</summary>
    private sealed class RandomWork(Random random, InMemoryJournal model)
    {
        private readonly ShardGrant[] _grants = [.. Enumerable.Range(0, Shards).Select(static s => new ShardGrant(s, 0, 0))];
        private readonly ShardGrant[] _stale = [.. Enumerable.Range(0, Shards).Select(static s => new ShardGrant(s, 0, 0))];
        private readonly EventSource[] _entities = [.. Enumerable.Range(0, Shards * 3).Select(static i => new EventSource(i % 2, $"e{i}"))];

        public async Task<IJournal> StepAsync(IJournal journal, Func<Task<IJournal>> reopen)
        {
            switch (random.Next(12))
            {
                case 0:
                    await journal.DisposeAsync();
                    return await reopen();
                case 1 or 2:
                    await AcquireAsync(journal);
                    break;
                case 3:
                    await SnapshotAsync(journal);
                    break;
                case 4:
                    await RemoveAsync(journal);
                    break;
                default:
                    await AppendAsync(journal);
                    break;
            }

            return journal;
        }

        private async Task AcquireAsync(IJournal journal)
        {
            var shard = random.Next(Shards);
            var grant = (await journal.AcquireAsync([shard], None)).Single();
            grant.Should().Be((await model.AcquireAsync([shard], None)).Single());
            (_stale[shard], _grants[shard]) = (_grants[shard], grant);
        }

        private async Task RemoveAsync(IJournal journal)
        {
            var waiting = await model.ReadOutboxAsync(new OutboxQuery([.. Enumerable.Range(0, Shards)], 3), None);
            OutboxKey[] delivered = [.. waiting.Select(static e => e.Message.Key)];
            await journal.RemoveOutboxAsync(delivered, None);
            await model.RemoveOutboxAsync(delivered, None);
        }

        private async Task SnapshotAsync(IJournal journal)
        {
            var source = _entities[random.Next(_entities.Length)];
            if (source.SequenceNr > 0)
            {
                var snapshot = source.Snapshot($"state {random.Next()}");
                await journal.SaveSnapshotAsync(snapshot, None);
                await model.SaveSnapshotAsync(snapshot, None);
            }
        }

        // Events are made only for what will be stored, else the chains of the sources would leave the stored ones.
        private async Task AppendAsync(IJournal journal)
        {
            var shards = Enumerable.Range(0, Shards).Where(_ => random.Next(2) == 0).ToArray();
            var appends = shards.Select(NextAppend).ToArray();
            var outcomes = await journal.AppendAsync(appends, None);
            outcomes.Should().Equal(await model.AppendAsync(appends, None));
            for (var i = 0; i < appends.Length; i++)
            {
                if (outcomes[i] == AppendOutcome.Stored)
                {
                    _grants[shards[i]] = _grants[shards[i]] with { Head = appends[i].ExpectedHead + appends[i].Events.Count };
                }
            }
        }

        private ShardAppend NextAppend(int shard)
        {
            if (random.Next(4) == 0 && _stale[shard].Epoch != _grants[shard].Epoch)
            {
                return new ShardAppend(shard, _stale[shard].Epoch, _grants[shard].Head, [], Reminders(shard));
            }

            var grant = _grants[shard];
            JournalEvent[] events = [.. Enumerable.Range(0, random.Next(5)).Select(_ => Entity(shard).Next(grant.Epoch, $"{random.Next()}"))];
            return new ShardAppend(shard, grant.Epoch, grant.Head, events, Reminders(shard))
            {
                Outbox = [.. events.Where(_ => random.Next(3) == 0).SelectMany(Messages)],
                Inbox = [.. Enumerable.Range(0, random.Next(3)).Select(_ => new InboxMark(
                    Entity(shard).Id, _entities[random.Next(_entities.Length)].Id, 1 + random.Next(9), (short)random.Next(3)))],
            };
        }

        private IEnumerable<OutboxMessage> Messages(JournalEvent cause) => Enumerable.Range(0, 1 + random.Next(3)).Select(i =>
            new OutboxMessage(cause.Id, cause.SequenceNr, (short)i, _entities[random.Next(_entities.Length)].Id, [(byte)random.Next(256)]));

        private EventSource Entity(int shard) => _entities[shard + Shards * random.Next(3)];

        private ReminderChange[] Reminders(int shard) => [.. Enumerable.Range(0, random.Next(3)).Select(_ =>
        {
            var (id, name) = (Entity(shard).Id, $"r{random.Next(3)}");
            return new ReminderChange(id, name, random.Next(3) == 0
                ? null
                : new JournalReminder(id, name, random.Next(100), EventSource.Start.AddSeconds(random.Next(20)), [(byte)random.Next(256)]));
        })];
    }
}
