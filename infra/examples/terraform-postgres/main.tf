# test/infra/terraform-postgres.test.ts holds it against what verify() of the store asks for.
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

variable "name" {
  description = "Name of the server, and beginning of all other names, as tailfold-bank-prod."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of the server, in two availability zones."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Security groups that let the processes in, on port 5432."
  type        = list(string)
}

variable "keep_database" {
  description = "The server can then not be deleted. Set it in production."
  type        = bool
  default     = false
}

resource "aws_db_subnet_group" "journal" {
  name       = var.name
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "journal" {
  name   = var.name
  family = "postgres18"

  # Off, a crash loses commits that were acknowledged.
  parameter {
    name  = "synchronous_commit"
    value = "on"
  }

  # A statement that is canceled wrote nothing, and is tried again.
  parameter {
    name  = "statement_timeout"
    value = "5000"
  }

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}

# The tables come from `npx tailfold store create`, by the user of the secret; docs/postgres.md has the grants of other users.
resource "aws_db_instance" "journal" {
  identifier                  = var.name
  engine                      = "postgres"
  engine_version              = "18"
  instance_class              = "db.t4g.small"
  allocated_storage           = 20
  max_allocated_storage       = 200
  storage_type                = "gp3"
  storage_encrypted           = true
  multi_az                    = true
  db_name                     = "bank"
  username                    = "tailfold"
  manage_master_user_password = true
  parameter_group_name        = aws_db_parameter_group.journal.name
  db_subnet_group_name        = aws_db_subnet_group.journal.name
  vpc_security_group_ids      = var.security_group_ids
  backup_retention_period     = 35
  deletion_protection         = var.keep_database
  skip_final_snapshot         = !var.keep_database
  final_snapshot_identifier   = "${var.name}-final"
}

output "endpoint" {
  value = aws_db_instance.journal.endpoint
}

output "secret_arn" {
  value = aws_db_instance.journal.master_user_secret[0].secret_arn
}
