using FsCheck;
using FsCheck.Fluent;

namespace Orchestrator.Hocon.Tests.Properties;

/// <summary>Random values, with the characters that matter to the syntax well represented.</summary>
internal static class Trees
{
    private static readonly string[] Fragments =
        ["a", "b", ".", " ", "\"", "\\", "$", "${a}", "#", "//", "{", "}", "[", "]", ",", "=", ":", "+=", "\n", "\r", "\t", "\0",
         "include", "null", "true", "1", "-", "1.0e3", "\"\"\"", "é", "\u2028", "\uFEFF", "\uD83D\uDE00", "\uD800", "*"];

    private static readonly string[] Numbers = ["0", "-0", "1", "-17", "3.14", "1.0e3", "2E-5", "12345678901234567890", "1e+400"];

    public static Gen<string> Text { get; } = Gen.Elements(Fragments).ListOf().Select(string.Concat);

    public static Gen<HoconValue> Scalar { get; } = Gen.OneOf<HoconValue>(
        Text.Select(t => (HoconValue)Conf.Scalar(HoconScalarKind.Text, t)),
        Gen.Elements(Numbers).Select(n => (HoconValue)Conf.Scalar(HoconScalarKind.Number, n)),
        Gen.Elements("true", "false").Select(b => (HoconValue)Conf.Scalar(HoconScalarKind.Boolean, b)),
        Gen.Constant((HoconValue)Conf.Scalar(HoconScalarKind.Null, "null")));

    /// <summary>Objects and lists: what a text can have as its root.</summary>
    public static Arbitrary<HoconValue> Roots { get; } = Gen.Sized(s => Container(Math.Min(s, 30))).ToArbitrary();

    private static Gen<HoconValue> Any(int size) => size <= 1 ? Scalar : Gen.OneOf(Scalar, Container(size));

    private static Gen<HoconValue> Container(int size) => Gen.OneOf(
        Some(Any(size / 3)).Select(items => (HoconValue)new HoconArray(items, HoconOrigin.None)),
        Some(Text.Zip(Any(size / 3))).Select(fields =>
            (HoconValue)new HoconObject(fields.Select(f => KeyValuePair.Create(f.Item1, f.Item2)), HoconOrigin.None)));

    private static Gen<List<T>> Some<T>(Gen<T> element) =>
        Gen.Choose(0, 4).SelectMany(n => element.ListOf(n)).Select(items => items.ToList());
}
