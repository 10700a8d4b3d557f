# test/infra/terraform-azure.test.ts holds it against tailfold/azure-tables.
terraform {
  required_version = ">= 1.5"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

variable "account_name" {
  description = "Name of the storage account: 3 to 24 lowercase letters and digits, unique in Azure."
  type        = string
}

variable "table_name" {
  description = "Name of the table: 3 to 63 letters and digits."
  type        = string
  default     = "tailfold"
}

variable "resource_group_name" {
  description = "Resource group of the account."
  type        = string
}

variable "location" {
  description = "Region of the account, as westeurope."
  type        = string
}

variable "principal_ids" {
  description = "Identities that read and write the journal, as that of a function app."
  type        = set(string)
  default     = []
}

variable "shared_access_key_enabled" {
  description = "Whether connection strings work. Without, processes need a token."
  type        = bool
  default     = false
}

resource "azurerm_storage_account" "journal" {
  name                            = var.account_name
  resource_group_name             = var.resource_group_name
  location                        = var.location
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  min_tls_version                 = "TLS1_2"
  https_traffic_only_enabled      = true
  shared_access_key_enabled       = var.shared_access_key_enabled
  allow_nested_items_to_be_public = false
}

# With account keys off, the provider needs `storage_use_azuread = true`.
resource "azurerm_storage_table" "journal" {
  name                 = var.table_name
  storage_account_name = azurerm_storage_account.journal.name

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_role_assignment" "journal" {
  for_each             = var.principal_ids
  scope                = azurerm_storage_account.journal.id
  role_definition_name = "Storage Table Data Contributor"
  principal_id         = each.value
}

output "endpoint" {
  value = azurerm_storage_account.journal.primary_table_endpoint
}
