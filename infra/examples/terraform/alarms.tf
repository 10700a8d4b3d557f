# The line that jsonLog() writes for each command. A field of JSON and not a word: callers choose words, such as ids.
resource "aws_cloudwatch_log_metric_filter" "conflicts" {
  name           = "conflict-budget-exhausted"
  log_group_name = aws_cloudwatch_log_group.function.name
  pattern        = "{ $.outcome = \"conflict-budget-exhausted\" }"

  metric_transformation {
    namespace     = var.name
    name          = "ConflictBudgetExhausted"
    value         = "1"
    default_value = "0"
  }
}

locals {
  function = { FunctionName = aws_lambda_function.this.function_name }

  # One in five minutes is enough.
  counted = {
    errors                    = { namespace = "AWS/Lambda", metric = "Errors", dimensions = local.function }
    throttles                 = { namespace = "AWS/Lambda", metric = "Throttles", dimensions = local.function }
    server-errors             = { namespace = "AWS/ApiGateway", metric = "5xx", dimensions = { ApiId = aws_apigatewayv2_api.this.id } }
    conflict-budget-exhausted = { namespace = var.name, metric = "ConflictBudgetExhausted", dimensions = {} }
  }
}

resource "aws_cloudwatch_metric_alarm" "counted" {
  for_each = local.counted

  alarm_name          = "${var.name}-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
}

resource "aws_cloudwatch_metric_alarm" "duration" {
  alarm_name          = "${var.name}-duration"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = local.function
  extended_statistic  = "p99"
  period              = 300
  evaluation_periods  = 3
  threshold           = 3000
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
}

# A budget needs somebody to notify.
resource "aws_budgets_budget" "account" {
  count        = length(var.alarm_topics) > 0 ? 1 : 0
  name         = var.name
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = var.budget_usd
  limit_unit   = "USD"

  notification {
    notification_type         = "ACTUAL"
    comparison_operator       = "GREATER_THAN"
    threshold                 = 80
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = var.alarm_topics
  }

  notification {
    notification_type         = "FORECASTED"
    comparison_operator       = "GREATER_THAN"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = var.alarm_topics
  }
}
