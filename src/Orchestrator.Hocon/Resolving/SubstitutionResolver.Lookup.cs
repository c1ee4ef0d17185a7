using Orchestrator.Hocon.Parsing;

namespace Orchestrator.Hocon.Resolving;

internal sealed partial class SubstitutionResolver
{
    private enum Kind
    {
        Undefined,
        Object,
        Other,
    }

    private static IEnumerable<string> Unprefixed(ReferenceNode reference) => reference.Path.Skip(reference.Prefix);

    /// <summary>All definitions of a path, the latest first; empty if there is none.</summary>
    private List<Node> Lookup(IEnumerable<string> path)
    {
        List<Node> view = [_root];
        foreach (var key in path)
        {
            if (view.Count == 0)
                break;
            view = Child(view, key);
        }
        return view;
    }

    /// <summary>All definitions of one key below a view.</summary>
    private List<Node> Child(List<Node> view, string key)
    {
        var result = new List<Node>();
        for (var i = FirstVisible(view); i < view.Count; i++)
        {
            Work(1, view[i].Origin);
            if (AddChild(result, view[i], key) == Kind.Other)
                break;
        }
        return result;
    }

    /// <summary>Adds what one definition says about a key.</summary>
    /// <returns>Other if the definition is no object, so that nothing before it counts.</returns>
    private Kind AddChild(List<Node> result, Node node, string key)
    {
        switch (node)
        {
            case ObjectNode:
                AddField(result, node, key);
                return Kind.Object;
            case ResolvedNode resolved:
                AddField(result, node, key);
                return resolved.Value is HoconObject ? Kind.Object : Kind.Other;
            case ReferenceNode or ConcatNode:
                return Traverse(node, () =>
                {
                    var kind = KindOfExpression(node);
                    if (kind == Kind.Object)
                        AddChildThrough(result, node, key);
                    return kind;
                });
            default:
                return Kind.Other;
        }
    }

    private static void AddField(List<Node> view, Node part, string key)
    {
        if (part is ObjectNode literal)
        {
            if (literal.Fields.TryGetValue(key, out var definitions))
                view.AddRange(Enumerable.Reverse(definitions));
        }
        else if (part is ResolvedNode { Value: HoconObject o } && o.TryGet(key, out var value))
        {
            view.Add(new ResolvedNode(value));
        }
    }

    private void AddChildThrough(List<Node> result, Node expression, string key)
    {
        switch (expression)
        {
            case ReferenceNode reference:
                result.AddRange(Child(Target(reference), key));
                break;
            case ConcatNode concat:
                foreach (var piece in Enumerable.Reverse(concat.Pieces))
                    AddChildThrough(result, piece, key);
                break;
            default:
                AddField(result, expression, key);
                break;
        }
    }

    private Kind KindOf(List<Node> view)
    {
        for (var i = FirstVisible(view); i < view.Count; i++)
        {
            var node = view[i];
            var kind = node is ReferenceNode or ConcatNode
                ? Traverse(node, () => KindOfExpression(node))
                : KindOfExpression(node);
            if (kind != Kind.Undefined)
                return kind;
        }
        return Kind.Undefined;
    }

    private Kind KindOfExpression(Node node) => node switch
    {
        ObjectNode => Kind.Object,
        ResolvedNode resolved => resolved.Value is HoconObject ? Kind.Object : Kind.Other,
        BlankNode => Kind.Undefined,
        ReferenceNode reference => KindOf(Target(reference)),
        ConcatNode concat => concat.Pieces.Select(KindOfExpression).Aggregate(Kind.Undefined, (a, b) => a > b ? a : b),
        _ => Kind.Other,
    };

    /// <summary>What a reference leads to, without evaluating it: its path, or else the path outside the include, or else
    /// the environment.</summary>
    private List<Node> Target(ReferenceNode reference)
    {
        var view = Lookup(reference.Path);
        if (reference.Own || KindOf(view) != Kind.Undefined)
            return view;
        if (reference.Prefix > 0)
        {
            view = Lookup(Unprefixed(reference));
            if (KindOf(view) != Kind.Undefined)
                return view;
        }
        return FromEnvironment(reference) is { } value ? [new ResolvedNode(value)] : [];
    }

    /// <summary>Walks through a substitution; one that is being walked through already adds nothing.</summary>
    private Kind Traverse(Node node, Func<Kind> walk)
    {
        if (!_traversing.Add(node))
        {
            _lookBacks++;
            return Kind.Undefined;
        }
        Enter(node.Origin);
        _active.Push(node);
        try
        {
            return walk();
        }
        finally
        {
            _active.Pop();
            _traversing.Remove(node);
            _nesting--;
        }
    }

    /// <summary>The definition being worked on sees only what was defined before it; not so from inside a list.</summary>
    private int FirstVisible(List<Node> view)
    {
        if (!_active.TryPeek(out var innermost) || innermost is ArrayNode)
            return 0;
        var last = view.LastIndexOf(innermost);
        if (last >= 0)
            _lookBacks++;
        return last + 1;
    }

    private HoconScalar? FromEnvironment(ReferenceNode reference)
    {
        var name = string.Join('.', Unprefixed(reference));
        return _environment(name) is { } value
            ? new HoconScalar(HoconScalarKind.Text, value, new HoconOrigin($"environment variable {name}", 0, 0), fromEnvironment: true)
            : null;
    }
}
