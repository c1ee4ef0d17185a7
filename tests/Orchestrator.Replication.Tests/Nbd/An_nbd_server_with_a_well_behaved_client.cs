using System.Buffers.Binary;
using System.Net;
using System.Text;
using Orchestrator.Replication.Nbd;

namespace Orchestrator.Replication.Tests.Nbd;

public sealed class An_nbd_server_with_a_well_behaved_client : NbdServerFixture
{
    [Fact]
    public void Lists_its_exports()
    {
        Server.AddExport(new NbdExport("", "the default", Device));
        using var client = Connect();
        var replies = client.Option(3);

        replies.Select(r => Encoding.UTF8.GetString(r.Payload)).Should().Equal("\0\0\0\0the default", "\0\0\0\u0004diska disk", "");
    }

    [Fact]
    public void Answers_info_and_go_alike()
    {
        using var client = Connect();
        byte[] request = [.. RawNbdClient.Text("disk"), .. RawNbdClient.U16(2), .. RawNbdClient.U16(1), .. RawNbdClient.U16(2)];
        var info = client.Option(6, request);
        var go = client.Option(7, request);

        info.Select(r => Convert.ToHexString(r.Payload)).Should().Equal(go.Select(r => Convert.ToHexString(r.Payload)));
        BinaryPrimitives.ReadInt64BigEndian(info[0].Payload.AsSpan(2)).Should().Be(Size);
        BinaryPrimitives.ReadUInt16BigEndian(info[0].Payload.AsSpan(10)).Should().Be(1 | 4 | 8 | 32 | 64 | 256 | 1024 | 2048);
        info.Select(r => r.Type).Should().Equal(3, 3, 3, 3, 1);
    }

    [Theory]
    [InlineData(3u, 10)]
    [InlineData(1u, 134)]
    public void Understands_the_oldest_way_to_choose_an_export(uint flags, int full)
    {
        using var client = Connect(greet: false);
        client.Receive(18);
        client.Send(RawNbdClient.U32(flags));
        client.SendOption(1, Encoding.UTF8.GetBytes("disk"));
        var reply = client.Receive(full);
        BinaryPrimitives.ReadInt64BigEndian(reply).Should().Be(Size);
        client.SendRequest(3, 0, 0);
        client.ReceiveSimple().Should().Be(0);
    }

    [Fact]
    public void Hangs_up_when_the_oldest_way_names_nothing()
    {
        using var client = Connect();
        client.SendOption(1, Encoding.UTF8.GetBytes("no such"));
        client.IsHungUp().Should().BeTrue();
    }

    [Fact]
    public void Answers_an_abort()
    {
        using var client = Connect();
        client.Option(2)[^1].Type.Should().Be(1);
        client.IsHungUp().Should().BeTrue();
    }

    [Fact]
    public void Lists_meta_contexts_by_wildcard_but_sets_them_by_name()
    {
        using var client = Connect();
        byte[] wildcard = [.. RawNbdClient.Text("disk"), .. RawNbdClient.U32(1), .. RawNbdClient.Text("base:")];
        client.Option(9, wildcard)[^1].Type.Should().Be(0x80000003, "structured replies come first");
        client.Option(8);
        client.Option(9, wildcard).Should().HaveCount(2);
        client.Option(9, [.. RawNbdClient.Text("disk"), .. RawNbdClient.U32(0)]).Should().HaveCount(2);
        client.Option(10, wildcard).Should().HaveCount(1);
        client.Option(10, [.. RawNbdClient.Text("none"), .. RawNbdClient.U32(0)])[^1].Type.Should().Be(0x80000006);
    }

    [Fact]
    public void Forgets_a_context_that_was_set_for_another_export()
    {
        Server.AddExport(new NbdExport("other", "", Device));
        using var client = Connect();
        client.Option(8);
        client.Option(10, [.. RawNbdClient.Text("other"), .. RawNbdClient.U32(1), .. RawNbdClient.Text("base:allocation")]).Should().HaveCount(2);
        client.Go("disk");
        client.SendRequest(7, 0, 4096);
        client.ReceiveChunk().Type.Should().Be(0x8001);
    }

    [Fact]
    public void Writes_and_reads_sixty_four_mebibytes_in_one_request()
    {
        var directory = Directory.CreateTempSubdirectory();
        var image = Path.Combine(directory.FullName, "big");
        using (var file = File.Create(image))
        {
            file.SetLength(65 << 20);
        }

        using var disk = Replication.Blocks.FileDisk.Open(image);
        Server.AddExport(new NbdExport("big", "", disk));
        using var client = Connect().Go("big");
        var data = new byte[64 << 20];
        new Random(1).NextBytes(data);
        client.SendRequest(1, 512, 64 << 20);
        client.Send(data);
        client.ReceiveSimple().Should().Be(0);
        client.SendRequest(0, 512, 64 << 20);
        client.ReceiveSimple().Should().Be(0);
        client.Receive(64 << 20).AsSpan().SequenceEqual(data).Should().BeTrue();
        client.SendRequest(1, 0, (64 << 20) + 1);
        client.Send(new byte[(64 << 20) + 1]);
        client.ReceiveSimple().Should().Be(22, "one byte more is read over and refused");
        Server.RemoveExport("big").Should().BeTrue();
        directory.Delete(recursive: true);
    }

    [Fact]
    public void Tells_holes_instead_of_sending_zeroes()
    {
        Device.Write(128 << 10, [.. Enumerable.Repeat((byte)5, 64 << 10)]);
        using var client = Connect().Go("disk", structured: true);
        client.SendRequest(0, 0, 512 << 10);
        var chunks = new[] { client.ReceiveChunk(), client.ReceiveChunk(), client.ReceiveChunk() };

        chunks.Select(c => (c.Flags, c.Type, c.Payload.Length)).Should().Equal((0, 2, 12), (0, 1, (64 << 10) + 8), (1, 2, 12));
        client.SendRequest(0, 0, 512 << 10, flags: 4); // DF
        client.ReceiveChunk().Payload.Length.Should().Be((512 << 10) + 8);
    }

    [Fact]
    public void Describes_the_allocation()
    {
        Device.Write(64 << 10, [.. Enumerable.Repeat((byte)5, 64 << 10)]);
        using var client = Connect().Go("disk", structured: true, allocation: true);
        client.SendRequest(7, 0, 256 << 10);
        var whole = client.ReceiveChunk();
        client.SendRequest(7, 0, 256 << 10, flags: 8); // REQ_ONE
        var one = client.ReceiveChunk();

        Extents(whole.Payload).Should().Equal((64u << 10, 3u), (64u << 10, 0u), (128u << 10, 3u));
        Extents(one.Payload).Should().Equal((64u << 10, 3u));
    }

    [Fact]
    public void Answers_pipelined_requests_in_turn()
    {
        using var client = Connect().Go("disk");
        for (byte i = 0; i < 200; i++)
        {
            client.SendRequest(1, i * 512u, 512, flags: i % 50 == 0 ? 1 : 0); // Some with FUA.
            client.Send([.. Enumerable.Repeat(i, 512)]);
        }

        for (var i = 0; i < 200; i++)
        {
            client.ReceiveSimple().Should().Be(0);
        }

        client.SendRequest(0, 199 * 512, 512);
        client.ReceiveSimple().Should().Be(0);
        client.Receive(512).Should().AllBeEquivalentTo((byte)199);
    }

    [Fact]
    public void Zeroes_fast_or_says_that_it_cannot()
    {
        Device.Write(0, [.. Enumerable.Repeat((byte)5, 8192)]);
        using var client = Connect().Go("disk");
        client.SendRequest(6, 0, 4096, flags: 16 | 2);
        client.ReceiveSimple().Should().Be(95);
        client.SendRequest(6, 0, 4096, flags: 16);
        client.ReceiveSimple().Should().Be(0);
        client.SendRequest(6, 4096, 4096, flags: 2 | 1);
        client.ReceiveSimple().Should().Be(0);
        client.SendRequest(0, 0, 8192);
        client.ReceiveSimple().Should().Be(0);
        client.Receive(8192).Should().AllBeEquivalentTo((byte)0);
    }

    [Fact]
    public void Says_not_permitted_while_writes_are_refused()
    {
        using var client = Connect().Go("disk");
        Device.RefuseWrites("the machine is active on the other site");
        client.SendRequest(4, 0, 512);
        client.ReceiveSimple().Should().Be(1);
        client.SendRequest(0, 0, 1);
        client.ReceiveSimple().Should().Be(0);
        client.Receive(1);
        Device.AllowWrites();
        client.SendRequest(4, 0, 512);
        client.ReceiveSimple().Should().Be(0);
    }

    [Fact]
    public void Closes_the_connections_of_an_export_that_is_removed()
    {
        using var client = Connect().Go("disk");
        Server.RemoveExport("disk").Should().BeTrue();
        client.IsHungUp().Should().BeTrue();
        Server.ConnectionCount.Should().Be(0);
        Server.RemoveExport("disk").Should().BeFalse();
        using var late = Connect();
        late.Option(7, [.. RawNbdClient.Text("disk"), .. RawNbdClient.U16(0)])[^1].Type.Should().Be(0x80000006);
    }

    [Fact]
    public async Task Refuses_an_address_in_use_and_one_that_is_not_local()
    {
        await using var first = new NbdServer(new NbdServerOptions { TcpEndPoint = new IPEndPoint(IPAddress.Loopback, 0) });
        first.Start();
        await using var second = new NbdServer(new NbdServerOptions { TcpEndPoint = first.TcpEndPoint });
        second.Invoking(s => s.Start()).Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.AddressInUse);
        await using var third = new NbdServer(new NbdServerOptions { UnixSocketPath = SocketPath });
        third.Invoking(s => s.Start()).Should().Throw<ReplicationException>().Which.Code.Should().Be(ErrorCodes.AddressInUse);
        FluentActions.Invoking(() => new NbdServer(new NbdServerOptions { TcpEndPoint = new IPEndPoint(IPAddress.Any, 0) }))
            .Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task Takes_over_a_socket_left_by_a_dead_process_and_keeps_others_out()
    {
        var path = SocketPath + ".dead";
        using (var dead = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0))
        {
            dead.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path + "x"));
            File.Move(path + "x", path); // .NET removes the path it bound; a killed process does not.
        }

        await using var server = new NbdServer(new NbdServerOptions { UnixSocketPath = path });
        server.Start();
        (OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(path)).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await server.StopAsync();
        File.Exists(path).Should().BeFalse();
    }

    private static List<(uint Length, uint Flags)> Extents(byte[] payload) =>
        [.. Enumerable.Range(0, (payload.Length - 4) / 8).Select(i => (
            BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(4 + (i * 8))), BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(8 + (i * 8)))))];
}
