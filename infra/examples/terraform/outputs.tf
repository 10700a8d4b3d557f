output "http_api_url" {
  value = aws_apigatewayv2_api.this.api_endpoint
}

output "table_name" {
  value = aws_dynamodb_table.journal.name
}

output "rows_table_name" {
  value = aws_dynamodb_table.rows.name
}
