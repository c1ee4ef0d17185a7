using Orchestrator.Domain.Machines;

namespace Orchestrator.Architecture.Tests;

public sealed class ClosedFamilies
{
    [Fact]
    public void Every_case_of_a_family_is_sealed_and_nested_in_it()
    {
        var families = typeof(ProtectedMachine).Assembly.GetExportedTypes().Where(type => type.IsAbstract && !type.IsSealed && !type.IsInterface);
        var strays = from family in families
                     from type in family.Assembly.GetTypes()
                     where type.IsSubclassOf(family) && !type.IsAbstract
                     where !type.IsSealed
                     select $"{type.FullName} of {family.FullName}";
        strays.Should().BeEmpty();
    }

    [Fact]
    public void Every_public_class_of_the_domain_is_sealed_static_or_abstract()
    {
        var open = typeof(ProtectedMachine).Assembly.GetExportedTypes().Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false });
        open.Should().BeEmpty();
    }
}
