using Microsoft.AspNetCore.Http;
using Orchestrator.Contracts;
using Orchestrator.Control;

namespace Orchestrator.Api;

/// <summary>Answers every error with its code and advice, and nothing of the inside.</summary>
internal sealed class ErrorFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return Results.Json(await next(context), Wire.Json);
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
            return Results.Json(new ErrorView("ORC1105", error.Message, "Correct the request.", []), Wire.Json, statusCode: error.StatusCode);
        }
    }
}
