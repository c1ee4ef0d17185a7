using System.Diagnostics.CodeAnalysis;

namespace Orchestrator.Domain;

/// <summary>Names a protected machine within its vault: 1 to 63 characters out of a-z, 0-9 and '-'.</summary>
public sealed record MachineId
{
    /// <summary>Takes a valid name.</summary>
    /// <exception cref="ArgumentException">The name breaks the rule; the message says which.</exception>
    public MachineId(string value) => Value = Label.Checked(value, "machine name");

    /// <summary>The name.</summary>
    public string Value { get; }

    /// <summary>Takes a name from outside; false when it breaks the rule.</summary>
    public static bool TryCreate(string? value, [NotNullWhen(true)] out MachineId? machine)
    {
        machine = Label.IsValid(value) ? new MachineId(value) : null;
        return machine is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Names a site: 1 to 63 characters out of a-z, 0-9 and '-'.</summary>
public sealed record SiteName
{
    /// <summary>Takes a valid name.</summary>
    /// <exception cref="ArgumentException">The name breaks the rule; the message says which.</exception>
    public SiteName(string value) => Value = Label.Checked(value, "site name");

    /// <summary>The name.</summary>
    public string Value { get; }

    /// <summary>Takes a name from outside; false when it breaks the rule.</summary>
    public static bool TryCreate(string? value, [NotNullWhen(true)] out SiteName? site)
    {
        site = Label.IsValid(value) ? new SiteName(value) : null;
        return site is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Identifies one request of an operator; sent again, it has no second effect.</summary>
public readonly record struct OperationId(Guid Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}

/// <summary>Identifies a recovery point over all disks of a machine.</summary>
public readonly record struct RecoveryPointId(Guid Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");
}

/// <summary>The rule for names that end up in paths, host names and addresses.</summary>
internal static class Label
{
    private const int MaxLength = 63;

    public static bool IsValid([NotNullWhen(true)] string? value) =>
        value is { Length: > 0 and <= MaxLength } && value.All(
            c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    public static string Checked(string value, string what) => IsValid(value)
        ? value
        : throw new ArgumentException(
            $"'{value}' is no {what}: use 1 to {MaxLength} characters out of a-z, 0-9 and '-'.", nameof(value));
}
