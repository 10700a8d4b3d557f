variable "name" {
  description = "Name of the journal's table and the function, and beginning of all other names, as tailfold-bank-dev."
  type        = string
}

variable "handler_file" {
  description = "The bundle of the function, as `npm run bundle -- functions/bank/handler.ts build` writes it."
  type        = string
}

variable "read_models_file" {
  description = "The bundle of the read models, as `npm run bundle -- functions/bank/read-models.ts build` writes it."
  type        = string
}

variable "keep_table" {
  description = "The tables can then not be deleted. Set it in production."
  type        = bool
  default     = false
}

variable "alarm_topics" {
  description = "ARNs of the SNS topics that alarms are sent to."
  type        = list(string)
  default     = []
}

variable "requests_per_second" {
  description = "Beyond it the API answers 429."
  type        = number
  default     = 100
}

variable "requests_burst" {
  description = "Requests at once beyond which the API answers 429."
  type        = number
  default     = 200
}

variable "reserved_concurrency" {
  description = "-1, none, in an account whose limit of concurrent executions is below 120, as that of a new account is."
  type        = number
  default     = 20
}

variable "budget_usd" {
  description = "Spending of the account in a month of which the alarm topics are notified."
  type        = number
  default     = 50
}
