data "archive_file" "function" {
  type        = "zip"
  source_file = var.handler_file
  output_path = "${path.root}/.terraform/${var.name}.zip"
}

resource "aws_lambda_function" "this" {
  function_name                  = var.name
  role                           = aws_iam_role.function.arn
  runtime                        = "nodejs24.x"
  architectures                  = ["arm64"]
  handler                        = "handler.handler"
  filename                       = data.archive_file.function.output_path
  source_code_hash               = data.archive_file.function.output_base64sha256
  memory_size                    = 512
  timeout                        = 15
  reserved_concurrent_executions = var.reserved_concurrency
  depends_on                     = [aws_cloudwatch_log_group.function]

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

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 30
}

resource "aws_iam_role" "function" {
  name = var.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

# What the code sends. docs/deploy.md says what each action is for.
resource "aws_iam_role_policy" "function" {
  name = var.name
  role = aws_iam_role.function.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["dynamodb:Query", "dynamodb:PutItem"]
        Resource = aws_dynamodb_table.journal.arn
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:Query"]
        Resource = "${aws_dynamodb_table.journal.arn}/index/entities"
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:BatchGetItem"]
        Resource = aws_dynamodb_table.rows.arn
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:Query"]
        Resource = [for index in ["index1", "index2", "index3"] : "${aws_dynamodb_table.rows.arn}/index/${index}"]
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.function.arn}:*"
      },
      {
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = "*"
      },
    ]
  })
}
