using Orchestrator.Hocon.Parsing;

namespace Orchestrator.Hocon.Resolving;

/// <summary>Turns a parsed tree into values: merges objects and replaces substitutions.</summary>
/// <remarks>
/// <para>A path is looked up lazily, as a *view*: the list of all definitions that can make up its value, the latest first,
/// found by walking through objects and through substitutions without evaluating their neighbours. So an object may refer
/// to its own fields, two objects may refer to each other, and overridden substitutions never matter (HOCON.md,
/// "Self-Referential Substitutions").</para>
/// <para>A definition that is being evaluated and meets itself in a view looks back: it sees only what was defined before
/// it. A definition further out on the evaluation stack is skipped, which resolves longer circles the same way. Inside
/// lists and objects there is no looking back. A result is kept per occurrence, not per path, because the same path may
/// mean different things in different places.</para>
/// </remarks>
internal sealed partial class SubstitutionResolver
{
    /// <summary>Nesting of evaluations; a call level needs about 1 KiB of stack.</summary>
    private const int MaxNesting = 300;

    private readonly Node _root;
    private readonly Func<string, string?> _environment;
    private readonly HoconLimits _limits;
    private readonly Stack<Node> _active = new();
    private readonly HashSet<Node> _evaluating = [];
    private readonly HashSet<Node> _traversing = [];
    private readonly Dictionary<Node, HoconValue> _memo = [];
    private int _nesting;
    private int _lookBacks;
    private long _work;

    private SubstitutionResolver(Node root, Func<string, string?> environment, HoconLimits limits)
    {
        _root = root;
        _environment = environment;
        _limits = limits;
    }

    /// <summary>Resolves everything below a root, which must be an object or a list.</summary>
    /// <exception cref="HoconException">An undefined or circular substitution, mixed kinds, or a limit.</exception>
    public static HoconValue Resolve(Node root, Func<string, string?> environment, HoconLimits limits) =>
        new SubstitutionResolver(root, environment, limits).Evaluate([root])!;

    /// <summary>The value of a view, or null if it is undefined.</summary>
    private HoconValue? Evaluate(List<Node> view)
    {
        Enter(view.Count > 0 ? view[0].Origin : _root.Origin);
        var parts = new List<Node>();
        var complete = false;
        for (var i = FirstVisible(view); i < view.Count && !complete; i++)
        {
            var value = EvaluateLayer(view[i], hasLower: i + 1 < view.Count, out complete);
            if (value is ResolvedNode { Value: not HoconObject } hiding)
            {
                complete = true;
                if (parts.Count == 0)
                    return Leave(hiding.Value);
            }
            else if (value is not null)
            {
                parts.Add(value);
            }
        }
        return Leave(parts.Count == 0 ? null : Merge(parts));
    }

    /// <summary>One definition as a part of a merge, or null if it adds nothing.</summary>
    /// <param name="node">The definition.</param>
    /// <param name="hasLower">Whether an earlier definition can stand in if this one ends in a circle.</param>
    /// <param name="closed">Whether a circle through a list or object ends the view.</param>
    private Node? EvaluateLayer(Node node, bool hasLower, out bool closed)
    {
        closed = false;
        if (_evaluating.Contains(node))
        {
            _lookBacks++;
            closed = node is ObjectNode or ArrayNode;
            return null;
        }
        if (node is ObjectNode or ResolvedNode)
            return node;
        try
        {
            return EvaluateDefinition(node) is { } value ? new ResolvedNode(value) : null;
        }
        catch (CircularException) when (hasLower && node is ReferenceNode or ConcatNode)
        {
            return null;
        }
    }

    private HoconValue? EvaluateDefinition(Node node)
    {
        if (node is ScalarNode scalar)
            return scalar.Value;
        if (_memo.TryGetValue(node, out var known))
            return known;
        var before = (_nesting, _active.Count);
        _active.Push(node);
        _evaluating.Add(node);
        try
        {
            var value = EvaluateExpression(node);
            if (value is not null)
                _memo[node] = value;
            return value;
        }
        finally
        {
            _evaluating.Remove(node);
            _active.Pop();
            _nesting = before._nesting;
        }
    }

    private HoconValue? EvaluateExpression(Node node) => node switch
    {
        ScalarNode scalar => scalar.Value,
        ResolvedNode resolved => resolved.Value,
        ArrayNode array => EvaluateArray(array),
        ObjectNode => Evaluate([node]),
        ReferenceNode reference => EvaluateReference(reference),
        ConcatNode concat => Concatenation.Join(EvaluatePieces(concat), concat.Origin, n => Work(n, concat.Origin)),
        _ => throw new System.Diagnostics.UnreachableException(node.GetType().Name),
    };

    private HoconArray EvaluateArray(ArrayNode array)
    {
        Enter(array.Origin);
        var items = new List<HoconValue>(array.Items.Count);
        foreach (var item in array.Items)
        {
            Work(1, item.Origin);
            if (EvaluateExpression(item) is { } value)
                items.Add(value);
        }
        _nesting--;
        return new HoconArray(items, array.Origin);
    }

    private List<Piece> EvaluatePieces(ConcatNode concat)
    {
        var pieces = new List<Piece>(concat.Pieces.Count);
        foreach (var node in concat.Pieces)
        {
            var value = node is BlankNode blank
                ? new HoconScalar(HoconScalarKind.Text, blank.Text, blank.Origin)
                : EvaluateExpression(node);
            if (value is null)
                continue;
            pieces.Add(new Piece(value, node is BlankNode));
        }
        return pieces;
    }

    private HoconValue? EvaluateReference(ReferenceNode reference)
    {
        if (_memo.TryGetValue(reference, out var known))
            return known;
        var before = _lookBacks;
        var value = Evaluate(Lookup(reference.Path));
        if (!reference.Own)
        {
            if (value is null && reference.Prefix > 0)
                value = Evaluate(Lookup(Unprefixed(reference)));
            value ??= FromEnvironment(reference);
        }
        if (value is not null)
            return _memo[reference] = value;
        return reference.Optional ? null : throw Missing(reference, circular: _lookBacks != before);
    }

    /// <summary>Merges objects, the latest first. While it runs, the literals among them cannot be asked for as a whole.</summary>
    private HoconObject Merge(List<Node> parts)
    {
        if (parts is [ResolvedNode single])
            return (HoconObject)single.Value;
        var literals = parts.OfType<ObjectNode>().ToList();
        literals.ForEach(l => _evaluating.Add(l));
        var nesting = _nesting;
        try
        {
            var fields = new OrderedDictionary<string, HoconValue>();
            foreach (var key in Keys(parts))
            {
                var view = new List<Node>();
                foreach (var part in parts)
                    AddField(view, part, key);
                if (Evaluate(view) is { } value)
                    fields.Add(key, value);
            }
            return new HoconObject(fields, parts[0].Origin);
        }
        finally
        {
            literals.ForEach(l => _evaluating.Remove(l));
            _nesting = nesting;
        }
    }

    /// <summary>All keys, in the order first written.</summary>
    private static IEnumerable<string> Keys(List<Node> parts) => Enumerable.Reverse(parts)
        .SelectMany(p => p is ObjectNode literal ? literal.Fields.Keys : ((HoconObject)((ResolvedNode)p).Value).Fields.Select(f => f.Key))
        .Distinct();

    private void Enter(HoconOrigin origin)
    {
        Work(1, origin);
        if (++_nesting > MaxNesting)
        {
            throw new HoconException(HoconErrorCodes.Limit, origin,
                $"Substitutions lead to substitutions more than {MaxNesting} levels deep", "Shorten the chain.");
        }
    }

    private HoconValue? Leave(HoconValue? value)
    {
        _nesting--;
        return value;
    }

    private void Work(int amount, HoconOrigin origin)
    {
        _work += amount;
        if (_work > _limits.MaxResolutionSteps)
        {
            throw new HoconException(HoconErrorCodes.Limit, origin,
                $"Resolving takes more than {_limits.MaxResolutionSteps} steps", "Use fewer substitutions, or smaller values.");
        }
    }

    private static HoconException Missing(ReferenceNode reference, bool circular)
    {
        var mark = reference.Optional ? "?" : "";
        var written = $"${{{mark}{reference.Written}}}";
        return circular
            ? throw new CircularException(reference.Origin, written)
            : new HoconException(HoconErrorCodes.Unresolved, reference.Origin, $"{written} has no value",
                $"Define {reference.Written}, or write ${{?{reference.Written}}} if it may be missing.");
    }
}
