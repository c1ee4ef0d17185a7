using System.Runtime.CompilerServices;

namespace Orchestrator.MessagePack;

/// <summary>Conversion between an enum over <see cref="int"/> and its number, without boxing.</summary>
internal static class EnumNumber<T>
    where T : struct, Enum
{
    private static readonly bool IsOverInt32 = Enum.GetUnderlyingType(typeof(T)) == typeof(int);

    public static int Of(T value)
    {
        Check();
        return Unsafe.BitCast<T, int>(value);
    }

    public static T From(int number)
    {
        Check();
        return Unsafe.BitCast<int, T>(number);
    }

    private static void Check()
    {
        if (!IsOverInt32) throw new NotSupportedException($"{typeof(T).Name} is not an enum over int: write its number instead.");
    }
}
