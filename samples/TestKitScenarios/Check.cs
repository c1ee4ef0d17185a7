namespace TestKitScenarios;

/// <summary>Says what did not hold; any test framework does as well.</summary>
internal static class Check
{
    public static void That(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"It does not hold that {what}.");
    }
}
