# test/infra/terraform.test.ts holds it against tableDefinition() of tailfold/dynamodb.
resource "aws_dynamodb_table" "journal" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  stream_enabled              = true
  stream_view_type            = "NEW_IMAGE"
  deletion_protection_enabled = var.keep_table

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "N"
  }

  attribute {
    name = "l"
    type = "S"
  }

  attribute {
    name = "k"
    type = "S"
  }

  # Empty, and free, unless the store is told to list entities.
  global_secondary_index {
    name            = "entities"
    hash_key        = "l"
    range_key       = "k"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "x"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}
