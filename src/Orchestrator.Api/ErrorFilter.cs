using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Orchestrator.Contracts;
using Orchestrator.Control;

namespace Orchestrator.Api;

/// <summary>Answers every error with its code and advice, and nothing of the inside.</summary>
internal sealed class ErrorFilter : IEndpointFilter
{
    private const string Unreadable = "The request cannot be read: a parameter is missing, or the body is no valid JSON of this request.";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var refused = context.HttpContext.Response.StatusCode;
        if (refused >= StatusCodes.Status400BadRequest) return Malformed(Unreadable, refused);
        try
        {
            var answer = await next(context);
            return answer as IResult ?? Results.Json(answer, Wire.Json);
        }
        catch (ControlException error)
        {
            return Results.Json(error.Error, Wire.Json, statusCode: error.Kind switch
            {
                ControlFailure.Invalid => StatusCodes.Status400BadRequest,
                ControlFailure.NotFound => StatusCodes.Status404NotFound,
                ControlFailure.Conflict => StatusCodes.Status409Conflict,
                _ => StatusCodes.Status503ServiceUnavailable,
            });
        }
        catch (Actors.Persistence.JournalException error)
        {
            return Results.Json(new ErrorView(error.Code, error.Message, null, []), Wire.Json, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (BadHttpRequestException error)
        {
            return Malformed(error.Message, error.StatusCode);
        }
    }

    /// <summary>The framework refuses what it cannot read with a status alone, before any filter runs: this gives it its words.</summary>
    public static void ExplainRefusals(EndpointBuilder endpoint)
    {
        var next = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = async context =>
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= StatusCodes.Status400BadRequest and var refused })
            {
                await Malformed(Unreadable, refused).ExecuteAsync(context);
            }
        };
    }

    private static IResult Malformed(string message, int status) =>
        Results.Json(new ErrorView("ORC1105", message, "Correct the request.", []), Wire.Json, statusCode: status);
}
