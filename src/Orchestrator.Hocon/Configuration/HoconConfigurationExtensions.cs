using Microsoft.Extensions.Configuration;
using Orchestrator.Hocon.Configuration;

namespace Orchestrator.Hocon;

/// <summary>HOCON for .NET configuration.</summary>
public static class HoconConfigurationExtensions
{
    /// <summary>Adds one HOCON source; see <see cref="HoconConfigurationSource"/> for its layers.</summary>
    /// <remarks>Errors show when the configuration is built, as <see cref="HoconException"/>.</remarks>
    public static IConfigurationBuilder AddHocon(this IConfigurationBuilder builder, Action<HoconConfigurationSource> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var source = new HoconConfigurationSource();
        configure(source);
        return builder.Add(source);
    }

    /// <summary>Adds defaults, then files, then overrides, in one source.</summary>
    /// <param name="builder">Where to add.</param>
    /// <param name="referenceText">The defaults, known as `reference.conf` in messages.</param>
    /// <param name="files">Files that must exist, the last winning.</param>
    /// <param name="overrides">Settings `a.b.c=value`.</param>
    public static IConfigurationBuilder AddHocon(
        this IConfigurationBuilder builder, string referenceText, IEnumerable<string> files, IEnumerable<string> overrides) =>
        builder.AddHocon(source =>
        {
            source.Reference(referenceText);
            foreach (var file in files)
                source.File(file);
            source.Overrides(overrides);
        });

    /// <summary>Where a section or value was written; null if no HOCON source holds it.</summary>
    /// <param name="configuration">The root or any section.</param>
    /// <param name="key">Key below it, separated by ':'; empty for the section itself.</param>
    public static HoconOrigin? GetOrigin(this IConfiguration configuration, string key = "") =>
        Ask(configuration, key, KeyQuestion.Origin) is { } answer ? KeyQuestion.ReadOrigin(answer) : null;

    /// <summary>`object`, `array`, `null`, `environment` (text from there) or `scalar`; null if no HOCON source holds the key.</summary>
    internal static string? GetKind(this IConfiguration configuration, string key = "") =>
        Ask(configuration, key, KeyQuestion.Kind);

    private static string? Ask(IConfiguration configuration, string key, string question)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration[key.Length == 0 ? question : $"{key}:{question}"];
    }
}
