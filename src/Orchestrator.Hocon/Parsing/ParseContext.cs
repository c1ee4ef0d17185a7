namespace Orchestrator.Hocon.Parsing;

/// <summary>What a parser must know about the text it reads.</summary>
/// <param name="File">Name for messages.</param>
/// <param name="Directory">Where relative includes start; null for a text that has no place.</param>
/// <param name="Prefix">The path of the include point, empty for a root text.</param>
/// <param name="InsideList">Whether an include point on the way stands in a list, where paths do not reach.</param>
/// <param name="Includes">Reads included files.</param>
internal sealed record ParseContext(
    string File, string? Directory, IReadOnlyList<string> Prefix, bool InsideList, IIncludeReader Includes);

/// <summary>One include statement.</summary>
internal sealed record IncludeRequest(string Name, bool Required, HoconOrigin Origin, string? Directory);

/// <summary>Reads included files, within limits.</summary>
internal interface IIncludeReader
{
    /// <summary>The root object of the file, or null if it is missing and not required.</summary>
    ObjectNode? Load(IncludeRequest request, ParseContext context);
}
