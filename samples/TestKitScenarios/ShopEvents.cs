using System.Globalization;
using System.Text;
using Orchestrator.Actors.Persistence;
using Orchestrator.Actors.Sharding;

namespace TestKitScenarios;

/// <summary>How the plan's events are stored: a number per type, and text.</summary>
public sealed class ShopEvents : IEventCodec<ShopEvent>
{
    /// <summary>The plan as a kind of entity.</summary>
    /// <param name="send">Takes what the plan asks of the outside world.</param>
    public static EntityDefinition<ShopState, ShopCommand, ShopEvent> Definition(Action<FailOverMachine> send) => new()
    {
        Kind = 1000, KindName = "shop", Create = _ => new ShopRecovery(send), Events = new ShopEvents(),
    };

    /// <inheritdoc />
    public EncodedEvent Encode(ShopEvent @event) => @event switch
    {
        ShopEvent.Asked e => new EncodedEvent(1, 1, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{e.Machine} {e.Try}"))),
        ShopEvent.GivenUp e => new EncodedEvent(2, 1, Encoding.UTF8.GetBytes(e.Machine)),
        _ => new EncodedEvent(3, 1, []),
    };

    /// <inheritdoc />
    public ShopEvent Decode(int typeId, short typeVersion, byte[]? payload)
    {
        var text = Encoding.UTF8.GetString(payload ?? []).Split(' ');
        return (typeId, typeVersion) switch
        {
            (1, 1) => new ShopEvent.Asked(text[0], int.Parse(text[1], CultureInfo.InvariantCulture)),
            (2, 1) => new ShopEvent.GivenUp(text[0]),
            (3, 1) => new ShopEvent.Recovered(),
            _ => throw new UnknownEventException(typeId, typeVersion),
        };
    }
}
