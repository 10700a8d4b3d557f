locals {
  read_models = { FunctionName = aws_lambda_function.read_models.function_name }

  # A warning at a minute; a quarter of the 24 hours that the stream keeps calls somebody.
  watched = {
    read-models-errors   = { namespace = "AWS/Lambda", metric = "Errors", statistic = "Sum", period = 300, threshold = 1, dimensions = local.read_models }
    read-models-late     = { namespace = "AWS/Lambda", metric = "IteratorAge", statistic = "Maximum", period = 300, threshold = 60000, dimensions = local.read_models }
    read-models-stuck    = { namespace = "AWS/Lambda", metric = "IteratorAge", statistic = "Maximum", period = 300, threshold = 21600000, dimensions = local.read_models }
    parked               = { namespace = var.name, metric = "Parked", statistic = "Maximum", period = 600, threshold = 1, dimensions = {} }
    read-models-failures = { namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", period = 300, threshold = 1, dimensions = { QueueName = aws_sqs_queue.read_models_failures.name } }
  }
}

resource "aws_cloudwatch_metric_alarm" "watched" {
  for_each = local.watched

  alarm_name          = "${var.name}-${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = 1
  threshold           = each.value.threshold
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topics
}
