// The one entry to everything that is built, tested, measured or shown here:
//     dotnet fsi build.fsx TARGET [options]
// Plain F#: nothing to restore before it runs. Each target ends with one summary line and exits non-zero when something failed.
open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions

let root = __SOURCE_DIRECTORY__
let configuration = "Release"
let fail (message: string) = eprintfn "%s" message; exit 1

let run (echo: bool) (program: string) (arguments: string list) =
    let info = ProcessStartInfo(program, WorkingDirectory = root, RedirectStandardOutput = not echo, UseShellExecute = false)
    arguments |> List.iter info.ArgumentList.Add
    info.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] <- "1"
    info.Environment["DOTNET_NOLOGO"] <- "1"
    use child = Process.Start info
    let output = if echo then "" else child.StandardOutput.ReadToEnd()
    child.WaitForExit()
    child.ExitCode, output

let dotnet arguments = run true "dotnet" arguments |> fst
let require what code = if code <> 0 then fail (sprintf "%s failed (exit code %d)." what code)

// What is needed beyond the .NET SDK: the program looked for, and the Debian package that has it.
let tools =
    [ "qemu-img", "qemu-utils"; "qemu-io", "qemu-utils"; "nbdcopy", "libnbd-bin"; "mkfs.ext4", "e2fsprogs"; "e2fsck", "e2fsprogs"
      "debugfs", "e2fsprogs" ]
let testTools = tools @ [ "fio", "fio"; "nbdkit", "nbdkit"; "strace", "strace"; "openssl", "openssl" ]
let benchTools = testTools @ [ "rsync", "rsync" ]

let onPath (program: string) =
    (Environment.GetEnvironmentVariable "PATH" + ":/usr/sbin:/sbin").Split ':'
    |> Array.exists (fun directory -> File.Exists(Path.Combine(directory, program)))

let hasPythonMessagePack () =
    File.Exists "/usr/bin/python3" && fst (run false "/usr/bin/python3" [ "-c"; "import msgpack" ]) = 0

let install (wanted: (string * string) list) (more: string list) =
    let missing = [ for program, package in wanted do if not (onPath program) then package ] @ more |> List.distinct
    if not missing.IsEmpty then
        let line = String.Join(" ", missing)
        if Environment.UserName <> "root" || not (onPath "apt-get") then
            fail (sprintf "Missing: %s. Install with: sudo apt-get install %s   (or run this target as root on Debian or Ubuntu)." line line)
        printfn "Installing %s ..." line
        Environment.SetEnvironmentVariable("DEBIAN_FRONTEND", "noninteractive")
        require "apt-get update" (fst (run false "apt-get" [ "update"; "-qq" ]))
        require "apt-get install" (fst (run false "apt-get" ([ "install"; "-y"; "-qq"; "--no-install-recommends" ] @ missing)))

/// PostgreSQL's programs are not on the PATH. Its package would also make and start a server of the system, which nobody asked for.
let installPostgres () =
    let versions = "/usr/lib/postgresql"
    if not (Directory.Exists versions && Directory.GetFiles(versions, "initdb", SearchOption.AllDirectories).Length > 0 || onPath "initdb") then
        install [] [ "postgresql-common" ]
        File.AppendAllText("/etc/postgresql-common/createcluster.conf", "\ncreate_main_cluster = false\n")
        install [] [ "postgresql" ]

let installTestTools () =
    install testTools (if hasPythonMessagePack () then [] else [ "python3-msgpack" ])
    installPostgres ()

let restore () = require "Restore" (dotnet [ "restore"; "Orchestrator.sln"; "-v"; "q" ])
let build () =
    restore ()
    require "Build" (dotnet [ "build"; "Orchestrator.sln"; "--no-restore"; "-c"; configuration; "-v"; "q"; "-nologo" ])

let output (folder: string) (name: string) =
    Path.Combine(root, folder, name, "bin", configuration, "net10.0", name + ".dll")

/// Runs each test program by itself, so that one that hangs or crashes is named; counts over all of them.
let test (only: string list) =
    installTestTools ()
    build ()
    let projects =
        Directory.GetDirectories(Path.Combine(root, "tests"), "*.Tests")
        |> Array.map Path.GetFileName |> Array.sort
        |> Array.filter (fun name -> only.IsEmpty || only |> List.exists (fun part -> name.Contains(part, StringComparison.OrdinalIgnoreCase)))
    let mutable passed, failed, skipped = 0, 0, 0
    for project in projects do
        let watch = Stopwatch.StartNew()
        let code, text = run false "dotnet" [ output "tests" project; "-noColor"; "-noLogo" ]
        let summary = Regex.Match(text, @"Total: (\d+), Errors: (\d+), Failed: (\d+), Skipped: (\d+)")
        let count (group: int) = if summary.Success then int summary.Groups[group].Value else 0
        let bad = if summary.Success then count 2 + count 3 else 1
        let bad = if code <> 0 && bad = 0 then 1 else bad
        passed <- passed + max 0 (count 1 - count 3 - count 4)
        failed <- failed + bad
        skipped <- skipped + count 4
        printfn "%-40s %5d tests, %d failed, %d skipped, %.0f s" project (count 1) bad (count 4) watch.Elapsed.TotalSeconds
        if bad > 0 || count 4 > 0 then printfn "%s" text
    let campaign (name: string) (program: string) (arguments: string list) =
        let watch = Stopwatch.StartNew()
        let code, text = run false "dotnet" (output "tests" program :: arguments)
        let summary = Regex.Match(text, @"(\d+) passed, (\d+) failed")
        let good, bad = if summary.Success then int summary.Groups[1].Value, int summary.Groups[2].Value else 0, 1
        passed <- passed + good
        failed <- failed + (if code <> 0 then max 1 bad else bad)
        printfn "%-40s %5d loops, %d failed, %.0f s" name (good + bad) bad watch.Elapsed.TotalSeconds
        if code <> 0 then printfn "%s" text
    if only.IsEmpty then
        campaign "kill -9, 20 times each" "Orchestrator.Crash" [ "all"; "--kills"; "20" ]
        campaign "chaos: nodes, database, network" "Orchestrator.Chaos" [ "--short" ]
    if passed + failed = 0 then fail "No test ran."
    printfn "%d passed, %d failed%s" passed failed (if skipped > 0 then sprintf ", %d skipped" skipped else "")
    if failed > 0 then exit 1

let program folder name arguments =
    exit (dotnet (output folder name :: arguments))

let buildOnly project = require "Build" (dotnet [ "build"; project; "-c"; configuration; "-v"; "q"; "-nologo" ])

let demo arguments =
    install tools []
    buildOnly "src/Orchestrator.Cli"
    exit (dotnet (Path.Combine(root, "src", "Orchestrator.Cli", "bin", configuration, "net10.0", "orchestrator.dll") :: "demo" :: arguments))

let bench arguments =
    install benchTools []
    installPostgres ()
    buildOnly "tests/Orchestrator.Benchmarks"
    program "tests" "Orchestrator.Benchmarks" arguments

let crash arguments =
    install testTools []
    buildOnly "tests/Orchestrator.Crash"
    program "tests" "Orchestrator.Crash" ("all" :: arguments)

// Nodes are killed, frozen and cut apart as processes and in network namespaces: root and the kernel's own tools are needed.
let chaos arguments =
    install (testTools @ [ "ip", "iproute2"; "nft", "nftables" ]) []
    installPostgres ()
    buildOnly "tests/Orchestrator.Chaos"
    program "tests" "Orchestrator.Chaos" arguments

let simulate arguments =
    buildOnly "tests/Orchestrator.Simulation"
    program "tests" "Orchestrator.Simulation" arguments

let format () =
    require "Format" (dotnet [ "format"; "Orchestrator.sln"; "--verify-no-changes"; "--no-restore"; "-v"; "q" ])
    printfn "format: every file is as .editorconfig says"

let usage = "usage: dotnet fsi build.fsx TARGET, one of: restore | build | test [NAME...] | demo [options] | bench [options] | crash [--kills N] [--seed S] | chaos [--short] [--minutes N] | simulate [--seeds N] [--from S] | format"

match List.tail (List.ofArray fsi.CommandLineArgs) with
| "restore" :: _ -> restore (); printfn "restore: done"
| "build" :: _ -> build (); printfn "build: done"
| "test" :: only -> test only
| "demo" :: rest -> demo rest
| "bench" :: rest -> bench rest
| "crash" :: rest -> crash rest
| "chaos" :: rest -> chaos rest
| "simulate" :: rest -> simulate rest
| "format" :: _ -> restore (); format ()
| _ -> fail usage
