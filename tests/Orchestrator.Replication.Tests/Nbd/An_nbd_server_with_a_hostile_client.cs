using System.Text;

namespace Orchestrator.Replication.Tests.Nbd;

public sealed class An_nbd_server_with_a_hostile_client : NbdServerFixture
{
    [Fact]
    public void Hangs_up_on_unknown_client_flags()
    {
        using var client = Connect(greet: false);
        client.Receive(18);
        client.Send([0, 0, 0, 7]);
        client.IsHungUp().Should().BeTrue();
        ServesOthers();
    }

    [Fact]
    public void Hangs_up_on_a_wrong_option_magic()
    {
        using var client = Connect();
        client.Send(new byte[16]);
        client.IsHungUp().Should().BeTrue();
    }

    [Fact]
    public void Reads_over_an_unknown_option()
    {
        using var client = Connect();
        client.Option(5)[^1].Type.Should().Be(0x80000001, "STARTTLS is not offered");
        client.Option(0xdeadbeef, new byte[1000])[^1].Type.Should().Be(0x80000001);
        client.Go("disk");
    }

    [Fact]
    public void Refuses_an_option_that_is_too_big_without_keeping_it()
    {
        using var client = Connect();
        client.Option(6, new byte[1 << 20])[^1].Type.Should().Be(0x80000009);
        client.Send([.. RawNbdClient.U64(0x49484156454F5054), .. RawNbdClient.U32(6), .. RawNbdClient.U32(0xffffffff)]);
        client.IsHungUp().Should().BeTrue();
    }

    [Theory]
    [InlineData("00000005")]
    [InlineData("FFFFFFFF0000")]
    [InlineData("0000000464697368")]
    [InlineData("000000046469736B0001")]
    [InlineData("000000046469736BFFFF")]
    [InlineData("")]
    [InlineData("000000046469736B00000000")]
    public void Refuses_a_malformed_info_request(string payload)
    {
        using var client = Connect();
        client.Option(6, Convert.FromHexString(payload))[^1].Type.Should().Be(0x80000003);
        client.Go("disk");
    }

    [Fact]
    public void Refuses_names_beyond_the_limit()
    {
        var name = new string('x', 4097);
        using var client = Connect();
        client.Option(7, [.. RawNbdClient.Text(name), .. RawNbdClient.U16(0)])[^1].Type.Should().Be(0x80000003);
        client.SendOption(1, Encoding.UTF8.GetBytes(name));
        client.IsHungUp().Should().BeTrue();
    }

    [Theory]
    [InlineData("000000046469736BFFFFFFFF")]
    [InlineData("000000046469736B00000001FFFFFFFF")]
    [InlineData("000000046469736B0000000100000010")]
    [InlineData("000000046469736B")]
    public void Refuses_malformed_context_queries(string payload)
    {
        using var client = Connect();
        client.Option(8);
        client.Option(10, Convert.FromHexString(payload))[^1].Type.Should().Be(0x80000003);
        client.Go("disk");
    }

    [Fact]
    public void Hangs_up_on_options_without_end()
    {
        using var client = Connect();
        for (var i = 0; i < 1024; i++)
        {
            client.Option(99);
        }

        client.IsHungUp().Should().BeTrue();
    }

    [Fact]
    public void Hangs_up_on_a_client_that_never_chooses()
    {
        using var client = Connect();
        client.IsHungUp().Should().BeTrue("the handshake may take two seconds here");
    }

    [Fact]
    public void Hangs_up_on_a_wrong_request_magic()
    {
        using var client = Connect().Go("disk");
        client.SendRequest(0, 0, 512, magic: 0x12345678);
        client.IsHungUp().Should().BeTrue();
        ServesOthers();
    }

    [Fact]
    public void Hangs_up_on_a_write_of_gigabytes()
    {
        using var client = Connect().Go("disk");
        client.SendRequest(1, 0, 0xffffffff);
        client.IsHungUp().Should().BeTrue();
    }

    [Theory]
    [InlineData(0, 0ul, 0u, 0, 22u)] // Nothing to read.
    [InlineData(0, 1ul << 20, 1u, 0, 22u)]
    [InlineData(0, ulong.MaxValue, 2u, 0, 22u)]
    [InlineData(0, 0ul, 0xffffffffu, 0, 22u)]
    [InlineData(0, 0ul, 512u, 2, 22u)] // NO_HOLE does not belong to a read.
    [InlineData(0, 0ul, 512u, 4, 22u)] // DF needs structured replies.
    [InlineData(3, 0ul, 0u, 0x8000, 22u)]
    [InlineData(4, (1ul << 20) - 1, 2u, 0, 22u)]
    [InlineData(5, 1ul << 40, 512u, 0, 22u)]
    [InlineData(6, (1ul << 20) - 1, 2u, 0, 28u)]
    [InlineData(6, ulong.MaxValue - 5, 100u, 0, 28u)]
    [InlineData(7, 0ul, 512u, 0, 22u)] // No context was set.
    [InlineData(8, 0ul, 512u, 0, 22u)]
    [InlineData(65535, 0ul, 512u, 0, 22u)]
    public void Refuses_a_senseless_request_and_goes_on(int command, ulong offset, uint length, int flags, uint error)
    {
        using var client = Connect().Go("disk");
        client.SendRequest(command, offset, length, flags);
        client.ReceiveSimple().Should().Be(error);
        client.SendRequest(3, 0, 0);
        client.ReceiveSimple().Should().Be(0);
    }

    [Fact]
    public void Refuses_a_write_beyond_the_end_and_stays_in_step()
    {
        using var client = Connect().Go("disk");
        client.SendRequest(1, Size - 1, 512);
        client.Send(new byte[512]);
        client.ReceiveSimple().Should().Be(28);
        client.SendRequest(1, 0, 512, flags: 2);
        client.Send(new byte[512]);
        client.ReceiveSimple().Should().Be(22);
        client.SendRequest(1, 0, 0);
        client.ReceiveSimple().Should().Be(22);
        client.SendRequest(0, 0, 1);
        client.ReceiveSimple().Should().Be(0);
    }

    [Fact]
    public void Survives_clients_that_vanish_at_any_byte()
    {
        byte[] session =
        [
            0, 0, 0, 3, .. RawNbdClient.U64(0x49484156454F5054), .. RawNbdClient.U32(7), .. RawNbdClient.U32(10), .. RawNbdClient.Text("disk"), 0, 0,
            .. RawNbdClient.U32(0x25609513), .. RawNbdClient.U16(0), .. RawNbdClient.U16(1), .. RawNbdClient.U64(1), .. RawNbdClient.U64(0), .. RawNbdClient.U32(64),
            .. new byte[64],
        ];
        for (var length = 0; length <= session.Length; length++)
        {
            WaitForRoom();
            using var client = Connect(greet: false);
            client.Receive(18);
            client.Send(session.AsSpan(0, length));
        }

        SpinWait.SpinUntil(() => Server.ConnectionCount == 0, TimeSpan.FromSeconds(20)).Should().BeTrue();
        ServesOthers();
    }

    [Fact]
    public void Survives_random_bytes_after_the_handshake()
    {
        var random = new Random(5);
        for (var round = 0; round < 50; round++)
        {
            WaitForRoom();
            using var client = Connect();
            if (round % 2 == 0)
            {
                client.Go("disk", structured: round % 4 == 0);
            }

            var noise = new byte[random.Next(1, 5000)];
            random.NextBytes(noise);
            if (round % 2 == 0)
            {
                RawNbdClient.U32(0x25609513).CopyTo(noise, 0);
                noise[4] = noise[6] = 0;
            }

            try
            {
                client.Send(noise);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Hung up before everything was sent.
            }
        }

        SpinWait.SpinUntil(() => Server.ConnectionCount == 0, TimeSpan.FromSeconds(20)).Should().BeTrue();
        ServesOthers();
    }

    [Fact]
    public void Admits_no_more_clients_than_allowed()
    {
        var clients = Enumerable.Range(0, MaxConnections).Select(_ => Connect().Go("disk")).ToList();
        using (var late = Connect(greet: false))
        {
            late.IsHungUp().Should().BeTrue();
        }

        clients.ForEach(client => client.Dispose());
        SpinWait.SpinUntil(() => Server.ConnectionCount == 0, TimeSpan.FromSeconds(20)).Should().BeTrue();
        ServesOthers();
    }

    private void ServesOthers()
    {
        using var other = Connect().Go("disk");
        other.SendRequest(0, 0, 512);
        other.ReceiveSimple().Should().Be(0);
        other.Receive(512);
    }
}
