variable "name" {
  description = "Name of the table and the function, and beginning of all other names, as tailfold-bank-dev."
  type        = string
}

variable "handler_file" {
  description = "The bundle of the function, as `npm run bundle -- functions/bank/handler.ts build` writes it."
  type        = string
}

variable "keep_table" {
  description = "The table can then not be deleted. Set it in production."
  type        = bool
  default     = false
}

variable "alarm_topics" {
  description = "ARNs of the SNS topics that alarms are sent to."
  type        = list(string)
  default     = []
}
