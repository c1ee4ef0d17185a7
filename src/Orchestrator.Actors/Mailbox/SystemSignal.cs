namespace Orchestrator.Actors.Mailbox;

/// <summary>What the kernel tells a cell, ahead of every user message.</summary>
internal enum SystemSignal
{
    Start = 1,
    Stop = 2,
    Restart = 3,
}
