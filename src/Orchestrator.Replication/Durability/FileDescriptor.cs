using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Replication.Durability;

/// <summary>Calls libc with the descriptor of an open file, which stays open meanwhile.</summary>
internal static class FileDescriptor
{
    /// <summary>Calls with the descriptor and returns the answer.</summary>
    public static int Call(this SafeFileHandle file, Func<int, int> call) => file.Call(call, static (fd, call) => call(fd));

    /// <summary>Calls with the descriptor and something more.</summary>
    public static int Call<TState>(this SafeFileHandle file, TState state, Func<int, TState, int> call)
        where TState : allows ref struct
    {
        var added = false;
        try
        {
            file.DangerousAddRef(ref added);
            return call((int)file.DangerousGetHandle(), state);
        }
        finally
        {
            if (added)
            {
                file.DangerousRelease();
            }
        }
    }
}
