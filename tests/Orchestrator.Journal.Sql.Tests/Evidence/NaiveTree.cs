using System.Security.Cryptography;

namespace Orchestrator.Journal.Sql.Tests.Evidence;

/// <summary>RFC 6962 section 2.1 word by word: slow, recursive, and sharing no code with what it is compared with.</summary>
internal static class NaiveTree
{
    public static byte[] Hash(byte[][] d) => d.Length switch
    {
        0 => SHA256.HashData([]),
        1 => SHA256.HashData([0, .. d[0]]),
        _ => SHA256.HashData([1, .. Hash(d[..Split(d.Length)]), .. Hash(d[Split(d.Length)..])]),
    };

    public static byte[][] Path(int m, byte[][] d)
    {
        if (d.Length == 1) return [];
        var k = Split(d.Length);
        return m < k ? [.. Path(m, d[..k]), Hash(d[k..])] : [.. Path(m - k, d[k..]), Hash(d[..k])];
    }

    public static byte[][] Proof(int m, byte[][] d) => SubProof(m, d, true);

    private static byte[][] SubProof(int m, byte[][] d, bool b)
    {
        if (m == d.Length) return b ? [] : [Hash(d)];
        var k = Split(d.Length);
        return m <= k ? [.. SubProof(m, d[..k], b), Hash(d[k..])] : [.. SubProof(m - k, d[k..], false), Hash(d[..k])];
    }

    private static int Split(int n)
    {
        var k = 1;
        while (k * 2 < n) k *= 2;
        return k;
    }
}
