namespace Orchestrator.Hocon.Tests.Loading;

public sealed class Includes : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("hocon-include-");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("include \"b.conf\"")]
    [InlineData("include file(\"b.conf\")")]
    [InlineData("include required(\"b.conf\")")]
    [InlineData("include required( file( \"b.conf\" ) )")]
    [InlineData("include \"b\"")]
    [InlineData("include\n\"b\"")]
    [InlineData("include \"sub/../b.conf\"")]
    public void Merge_the_file_at_their_place(string include)
    {
        Write("b.conf", "x = 2, y = 2");
        Write("sub/unused.conf", "");

        Load($"x = 1\n{include}\ny = 3").Should().Be(Conf.Json("""{"x":2,"y":3}"""));
    }

    [Fact]
    public void Are_relative_to_the_including_file()
    {
        Write("sub/b.conf", "include \"c.conf\"");
        Write("sub/c.conf", "c = sub");
        Write("c.conf", "c = top");

        Load("include \"sub/b.conf\"").Should().Be(Conf.Json("""{"c":"sub"}"""));
    }

    [Fact]
    public void Look_substitutions_up_at_the_include_point_first_and_then_at_the_root()
    {
        Write("b.conf", "x = ${v}, y = ${w}, l = [1], l += 2, s = ${x}");

        Load("v = root, w = root, l = root, at { v = own, include \"b.conf\" }").Find("at")
            .Should().Be(Conf.Json("""{"v":"own","x":"own","y":"root","l":[1,2],"s":"own"}"""));
    }

    [Fact]
    public void Do_not_append_to_a_list_outside_their_place()
    {
        Write("b.conf", "l += 2");

        Load("l = [1], at { include \"b.conf\" }").Find("at.l").Should().Be(Conf.Json("[2]"));
    }

    [Fact]
    public void Take_json_below_conf_when_no_extension_is_given()
    {
        Write("b.json", """{"x":1,"y":1}""");
        Write("b.conf", "y = 2");

        Load("include \"b\"").Should().Be(Conf.Json("""{"x":1,"y":2}"""));
    }

    [Fact]
    public void Ignore_a_missing_file_unless_it_is_required()
    {
        Load("include \"none.conf\", a = 1").Should().Be(Conf.Json("""{"a":1}"""));
        Error("include required(\"none.conf\")").Code.Should().Be(HoconErrorCodes.FileMissing);
    }

    [Theory]
    [InlineData("include url(\"http://localhost/x\")")]
    [InlineData("include classpath(\"x.conf\")")]
    [InlineData("include required(url(\"file:///etc/passwd\"))")]
    public void Refuse_anything_but_files(string include) => Error(include).Code.Should().Be(HoconErrorCodes.IncludeRefused);

    [Theory]
    [InlineData("../outside.conf")]
    [InlineData("sub/../../outside.conf")]
    [InlineData("/etc/hostname")]
    [InlineData("link.conf")]
    [InlineData("links/outside.conf")]
    [InlineData("links/none.conf")]
    [InlineData("..")]
    public void Refuse_to_leave_the_configuration_directory(string name)
    {
        Write("outside.conf", "secret = 1");
        Write("etc/sub/unused.conf", "");
        File.CreateSymbolicLink(At("etc/link.conf"), "../outside.conf");
        File.CreateSymbolicLink(At("etc/links"), _root.FullName);
        Write("etc/main.conf", $"include \"{name}\"");

        var error = FluentActions.Invoking(() => HoconParser.ParseFile(At("etc/main.conf"))).Should().Throw<HoconException>().Which;

        error.Code.Should().Be(HoconErrorCodes.IncludeRefused);
        error.Message.Should().Contain("main.conf:1:1");
    }

    [Fact]
    public void Refuse_a_neighbour_whose_name_only_begins_like_the_directory()
    {
        Write("etc-evil/x.conf", "a = 1");
        Write("etc/main.conf", "include \"../etc-evil/x.conf\"");

        FluentActions.Invoking(() => HoconParser.ParseFile(At("etc/main.conf"))).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.IncludeRefused);
    }

    [Fact]
    public void Follow_links_that_stay_inside()
    {
        Write("real/b.conf", "b = 1");
        File.CreateSymbolicLink(At("link.conf"), "real/b.conf");

        Load("include \"link.conf\"").Should().Be(Conf.Json("""{"b":1}"""));
    }

    [Fact]
    public void May_reach_a_wider_directory_when_it_is_configured()
    {
        Write("common.conf", "c = 1");
        Write("app/main.conf", "include \"../common.conf\"");

        HoconParser.ParseFile(At("app/main.conf"), new HoconOptions { ConfigDirectory = _root.FullName })
            .Should().Be(Conf.Json("""{"c":1}"""));
    }

    [Fact]
    public void Refuse_a_cycle()
    {
        Write("b.conf", "include \"main.conf\"");

        Error("include \"b.conf\"").Code.Should().Be(HoconErrorCodes.IncludeCycle);
    }

    [Fact]
    public void Refuse_a_cycle_of_links()
    {
        File.CreateSymbolicLink(At("x.conf"), "y.conf");
        File.CreateSymbolicLink(At("y.conf"), "x.conf");

        Error("include \"x.conf\"").Code.Should().Be(HoconErrorCodes.FileMissing);
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public void Nest_sixteen_deep(int depth, bool allowed)
    {
        for (var i = 1; i < depth; i++)
            Write($"f{i}.conf", $"include \"f{i + 1}.conf\"");
        Write($"f{depth}.conf", "deep = 1");

        if (allowed)
            Load("include \"f1.conf\"").Should().Be(Conf.Json("""{"deep":1}"""));
        else
            Error("include \"f1.conf\"").Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void Limit_how_many_files_are_read()
    {
        for (var i = 0; i < 12; i++)
            Write($"f{i}.conf", $"include \"f{i + 1}.conf\"\ninclude \"f{i + 1}.conf\"");

        Error("include \"f0.conf\"").Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void Limit_the_size_of_a_file_even_if_it_claims_none()
    {
        Write("big.conf", "#" + new string('x', 2000));
        File.CreateSymbolicLink(At("zero.conf"), "/dev/zero");
        var options = new HoconOptions { Limits = new HoconLimits { MaxFileBytes = 1000 }, ConfigDirectory = "/" };

        foreach (var name in (string[])["big.conf", "zero.conf"])
        {
            Write("main.conf", $"include \"{name}\"");
            FluentActions.Invoking(() => HoconParser.ParseFile(At("main.conf"), options)).Should().Throw<HoconException>()
                .Which.Code.Should().Be(HoconErrorCodes.Limit);
        }
    }

    [Fact]
    public void Limit_the_size_of_all_files()
    {
        Write("b.conf", "#" + new string('x', 600));
        Write("main.conf", "include \"b.conf\"\ninclude \"b.conf\"");
        var options = new HoconOptions { Limits = new HoconLimits { MaxTotalBytes = 1000 } };

        FluentActions.Invoking(() => HoconParser.ParseFile(At("main.conf"), options)).Should().Throw<HoconException>()
            .Which.Code.Should().Be(HoconErrorCodes.Limit);
    }

    [Fact]
    public void Refuse_a_list_as_root()
    {
        Write("b.conf", "[1]");

        Error("include \"b.conf\"").Code.Should().Be(HoconErrorCodes.RootNotObject);
    }

    [Fact]
    public void Refuse_bytes_that_are_not_UTF_8()
    {
        File.WriteAllBytes(At("b.conf"), [.. "a = "u8, 0xC3, 0x28]);

        Error("include \"b.conf\"").Code.Should().Be(HoconErrorCodes.BadEncoding);
    }

    [Fact]
    public void Name_the_included_file_in_errors_and_origins()
    {
        Write("b.conf", "\nx = 1\ny = @");

        Error("include \"b.conf\"").File.Should().EndWith("b.conf");
        Write("b.conf", "\nx = 1");
        Load("include \"b.conf\"").Find("x")!.Origin.ToString().Should().EndWith("b.conf:2");
    }

    [Fact]
    public void Inside_a_list_element_may_not_substitute()
    {
        Write("b.conf", "x = 1");
        Load("l = [{ include \"b.conf\" }]").Should().Be(Conf.Json("""{"l":[{"x":1}]}"""));

        Write("b.conf", "x = 1, y = ${x}");
        Error("l = [{ include \"b.conf\" }]").Code.Should().Be(HoconErrorCodes.Syntax);
    }

    [Fact]
    public void Are_refused_in_a_text_without_a_place() =>
        Conf.Error("include \"b.conf\"").Code.Should().Be(HoconErrorCodes.IncludeRefused);

    private string At(string name) => Path.Combine(_root.FullName, name);

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), text);
    }

    private HoconObject Load(string main)
    {
        Write("main.conf", main);
        return (HoconObject)HoconParser.ParseFile(At("main.conf"));
    }

    private HoconException Error(string main)
    {
        Write("main.conf", main);
        return FluentActions.Invoking(() => HoconParser.ParseFile(At("main.conf"))).Should().Throw<HoconException>().Which;
    }
}
