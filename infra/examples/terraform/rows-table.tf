# test/infra/terraform.test.ts holds it against rowsTableDefinition() of tailfold/dynamodb/rows.
resource "aws_dynamodb_table" "rows" {
  name                        = "${var.name}-rows"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.keep_table

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "i1p"
    type = "S"
  }

  attribute {
    name = "i1s"
    type = "S"
  }

  attribute {
    name = "i2p"
    type = "S"
  }

  attribute {
    name = "i2s"
    type = "S"
  }

  attribute {
    name = "i3p"
    type = "S"
  }

  attribute {
    name = "i3s"
    type = "S"
  }

  global_secondary_index {
    name            = "index1"
    hash_key        = "i1p"
    range_key       = "i1s"
    projection_type = "ALL"
  }

  global_secondary_index {
    name            = "index2"
    hash_key        = "i2p"
    range_key       = "i2s"
    projection_type = "ALL"
  }

  global_secondary_index {
    name            = "index3"
    hash_key        = "i3p"
    range_key       = "i3s"
    projection_type = "ALL"
  }

  # Rows of entities that have none any more expire by themselves.
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
