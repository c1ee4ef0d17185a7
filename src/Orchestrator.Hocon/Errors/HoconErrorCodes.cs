namespace Orchestrator.Hocon;

/// <summary>Stable codes of configuration errors. A code never changes its meaning.</summary>
public static class HoconErrorCodes
{
    /// <summary>The text is not HOCON.</summary>
    public const string Syntax = "ORC1200";

    /// <summary>A required substitution has no value.</summary>
    public const string Unresolved = "ORC1201";

    /// <summary>Substitutions refer to each other in a circle.</summary>
    public const string Cycle = "ORC1202";

    /// <summary>A key nobody reads.</summary>
    public const string UnknownKey = "ORC1203";

    /// <summary>A value does not convert to what its option needs.</summary>
    public const string BadValue = "ORC1204";

    /// <summary>A required file is missing or cannot be read.</summary>
    public const string FileMissing = "ORC1205";

    /// <summary>An include is not allowed: url, classpath, or outside the configuration directory.</summary>
    public const string IncludeRefused = "ORC1206";

    /// <summary>Files include each other in a circle.</summary>
    public const string IncludeCycle = "ORC1207";

    /// <summary>A limit on size, depth or count is exceeded.</summary>
    public const string Limit = "ORC1208";

    /// <summary>Values of different kinds stand side by side, such as a list and a string.</summary>
    public const string MixedConcatenation = "ORC1209";

    /// <summary>A key cannot be used as a configuration key: it holds ':' or differs from another only by case.</summary>
    public const string BadKey = "ORC1210";

    /// <summary>A duration is malformed or too large.</summary>
    public const string BadDuration = "ORC1211";

    /// <summary>A size in bytes is malformed or too large.</summary>
    public const string BadSize = "ORC1212";

    /// <summary>A word is not a boolean.</summary>
    public const string BadBoolean = "ORC1213";

    /// <summary>A file is not valid UTF-8.</summary>
    public const string BadEncoding = "ORC1214";

    /// <summary>An override is not of the form `a.b.c=value`.</summary>
    public const string BadOverride = "ORC1215";

    /// <summary>A required option is not set.</summary>
    public const string MissingKey = "ORC1216";

    /// <summary>The root is a list where named settings are needed.</summary>
    public const string RootNotObject = "ORC1217";
}
