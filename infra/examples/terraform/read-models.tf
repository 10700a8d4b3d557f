# Keeps the rows of views, and runs consumers, behind the commits. docs/deploy.md explains the values.
data "archive_file" "read_models" {
  type        = "zip"
  source_file = var.read_models_file
  output_path = "${path.root}/.terraform/${var.name}-read-models.zip"
}

resource "aws_lambda_function" "read_models" {
  function_name    = "${var.name}-read-models"
  role             = aws_iam_role.read_models.arn
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  handler          = "read-models.handler"
  filename         = data.archive_file.read_models.output_path
  source_code_hash = data.archive_file.read_models.output_base64sha256
  memory_size      = 512
  timeout          = 60
  depends_on       = [aws_cloudwatch_log_group.read_models]

  environment {
    variables = {
      TAILFOLD_TABLE      = aws_dynamodb_table.journal.name
      TAILFOLD_ROWS_TABLE = aws_dynamodb_table.rows.name
    }
  }

  tracing_config {
    mode = "Active"
  }
}

resource "aws_lambda_event_source_mapping" "journal" {
  event_source_arn               = aws_dynamodb_table.journal.stream_arn
  function_name                  = aws_lambda_function.read_models.arn
  starting_position              = "TRIM_HORIZON"
  batch_size                     = 100
  maximum_retry_attempts         = 20
  bisect_batch_on_function_error = true
  function_response_types        = ["ReportBatchItemFailures"]
  depends_on                     = [aws_iam_role_policy.read_models]

  filter_criteria {
    filter {
      # Commits: nothing else that is put has an id.
      pattern = "{\"eventName\":[\"INSERT\"],\"dynamodb\":{\"NewImage\":{\"id\":{\"S\":[{\"exists\":true}]}}}}"
    }
  }

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.read_models_failures.arn
    }
  }
}

# Where Lambda notes which part of the stream it gave up. It holds no payload.
resource "aws_sqs_queue" "read_models_failures" {
  name                      = "${var.name}-read-models-failures"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

# Entities that were released, and catch-ups.
resource "aws_cloudwatch_event_rule" "held" {
  name                = "${var.name}-held"
  schedule_expression = "rate(5 minutes)"
}

resource "aws_cloudwatch_event_target" "held" {
  rule = aws_cloudwatch_event_rule.held.name
  arn  = aws_lambda_function.read_models.arn
}

resource "aws_lambda_permission" "held" {
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.read_models.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.held.arn
}

resource "aws_cloudwatch_log_group" "read_models" {
  name              = "/aws/lambda/${var.name}-read-models"
  retention_in_days = 30
}

resource "aws_iam_role" "read_models" {
  name               = "${var.name}-read-models"
  assume_role_policy = aws_iam_role.function.assume_role_policy
}

# What the code sends. docs/deploy.md says what each action is for.
resource "aws_iam_role_policy" "read_models" {
  name = "${var.name}-read-models"
  role = aws_iam_role.read_models.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["dynamodb:Query", "dynamodb:Scan"]
        Resource = aws_dynamodb_table.journal.arn
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"]
        Resource = aws_dynamodb_table.journal.stream_arn
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:BatchGetItem", "dynamodb:PutItem"]
        Resource = aws_dynamodb_table.rows.arn
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:Query"]
        Resource = "${aws_dynamodb_table.rows.arn}/index/index1"
      },
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = aws_sqs_queue.read_models_failures.arn
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.read_models.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = "*"
      },
    ]
  })
}
