using Orchestrator.Replication.Tests.Pipeline;
using Orchestrator.Replication.Transport;

namespace Orchestrator.Replication.Tests.Transport;

public sealed class Certificate_authority : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("orchestrator-ca-").FullName;
    private readonly ManualTime _time = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Creates_once_and_loads_from_then_on()
    {
        using var first = Load("berlin");
        using var second = Load("berlin");
        using var other = Load("hamburg");
        second.Certificate.Thumbprint.Should().Be(first.Certificate.Thumbprint);
        first.Accepts(other.Certificate, "hamburg", isServer: true).Should().BeTrue();
        other.Accepts(first.Certificate, "BERLIN", isServer: false).Should().BeTrue();
        first.Accepts(other.Certificate, "berlin", isServer: true).Should().BeFalse();
        first.Accepts(null, null, isServer: true).Should().BeFalse();
    }

    [Fact]
    public void Keeps_private_keys_private()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs Unix file modes");
            return;
        }

        using var identity = Load("berlin");
        foreach (var file in new[] { "ca.pem", "berlin.pem" })
        {
            File.GetUnixFileMode(Path.Combine(_directory, file)).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        File.ReadAllText(Path.Combine(_directory, "ca.crt")).Should().NotContain("PRIVATE");
        Directory.GetFiles(_directory).Should().HaveCount(3, "no half-written file stays");
    }

    [Fact]
    public async Task Nodes_that_start_at_once_in_one_directory_agree()
    {
        var starts = Enumerable.Range(0, 8).Select(i => Task.Run(() => Load($"site{i % 4}"))).ToList();
        var identities = await Task.WhenAll(starts);
        identities.Should().OnlyContain(identity => identities[0].Accepts(identity.Certificate, null, false));
        identities.Select(identity => identity.Certificate.Thumbprint).Distinct().Should().HaveCount(4);
        identities.ToList().ForEach(identity => identity.Dispose());
    }

    [Fact]
    public void A_node_without_the_authoritys_key_uses_what_it_was_given_and_says_what_is_missing()
    {
        Load("berlin").Dispose();
        File.Delete(Path.Combine(_directory, "ca.pem"));
        using var berlin = Load("berlin");
        var hamburg = () => Load("hamburg");
        hamburg.Should().Throw<ReplicationException>().Which.Message.Should().Contain("hamburg.pem").And.Contain("Copy");
    }

    [Fact]
    public void Renews_a_certificate_before_it_expires()
    {
        using var first = Load("berlin");
        _time.Advance(TimeSpan.FromDays((2 * 365) - 59));
        using var second = Load("berlin");
        second.Certificate.Thumbprint.Should().NotBe(first.Certificate.Thumbprint);
        second.Accepts(second.Certificate, "berlin", isServer: true).Should().BeTrue();
        _time.Advance(TimeSpan.FromDays(100));
        second.Accepts(first.Certificate, "berlin", isServer: true).Should().BeFalse("it has expired");
    }

    [Theory]
    [InlineData("")]
    [InlineData("../berlin")]
    [InlineData("a b")]
    [InlineData("-a")]
    public void Refuses_a_name_that_cannot_be_one(string site)
    {
        var load = () => Load(site);
        load.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_certificate_of_another_authority_or_site_is_refused_where_it_lies()
    {
        Load("berlin").Dispose();
        Load("hamburg").Dispose();
        File.Copy(Path.Combine(_directory, "berlin.pem"), Path.Combine(_directory, "hamburg.pem"), overwrite: true);
        var hamburg = () => Load("hamburg");
        hamburg.Should().Throw<ReplicationException>().Which.Message.Should().Contain("hamburg.pem");

        File.Delete(Path.Combine(_directory, "ca.pem"));
        File.Delete(Path.Combine(_directory, "ca.crt"));
        var berlin = () => Load("berlin");
        berlin.Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.AuthenticationFailed);
    }

    [Fact]
    public void A_damaged_file_is_named()
    {
        Load("berlin").Dispose();
        File.WriteAllText(Path.Combine(_directory, "berlin.pem"), "nonsense");
        var load = () => Load("berlin");
        load.Should().Throw<ReplicationException>().Which.Message.Should().Contain(_directory);
    }

    private SiteIdentity Load(string site) => CertificateAuthority.LoadOrCreate(_directory, site, _time);
}
