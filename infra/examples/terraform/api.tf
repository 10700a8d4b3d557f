# Every route of the app by one. Open to everybody: add an authorizer before it holds anything of value.
resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "function" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.this.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "default" {
  api_id    = aws_apigatewayv2_api.this.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.function.id}"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.requests_per_second
    throttling_burst_limit = var.requests_burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    # No query, headers or body. A path holds the entity id.
    format = jsonencode({
      requestId         = "$context.requestId"
      functionRequestId = "$context.integration.requestId"
      time              = "$context.requestTime"
      ip                = "$context.identity.sourceIp"
      method            = "$context.httpMethod"
      path              = "$context.path"
      status            = "$context.status"
      bytes             = "$context.responseLength"
      latencyMs         = "$context.responseLatency"
    })
  }
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/http-api/${var.name}"
  retention_in_days = 30
}

resource "aws_lambda_permission" "api" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*"
}
