CREATE TABLE `disputes` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`opened_by` text NOT NULL,
	`reason` text NOT NULL,
	`disputed_status` text NOT NULL,
	`evidence_deadline` integer NOT NULL,
	`resolved_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `disputes_task` ON `disputes` (`task_id`);--> statement-breakpoint
CREATE TABLE `key_usage_days` (
	`key_seq` integer NOT NULL,
	`day` integer NOT NULL,
	`requests` integer NOT NULL,
	PRIMARY KEY(`key_seq`, `day`),
	FOREIGN KEY (`key_seq`) REFERENCES `api_keys`(`seq`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `ledger_entries` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`task_id` text,
	`at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `ledger_entries_task` ON `ledger_entries` (`task_id`);--> statement-breakpoint
CREATE TABLE `ledger_postings` (
	`entry_seq` integer NOT NULL,
	`book` text NOT NULL,
	`cents` integer NOT NULL,
	PRIMARY KEY(`entry_seq`, `book`),
	FOREIGN KEY (`entry_seq`) REFERENCES `ledger_entries`(`seq`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `ledger_postings_book` ON `ledger_postings` (`book`);--> statement-breakpoint
CREATE TABLE `proofs` (
	`id` text PRIMARY KEY NOT NULL,
	`task_id` text NOT NULL,
	`worker_id` text NOT NULL,
	`attempt_number` integer NOT NULL,
	`type` text NOT NULL,
	`file_name` text,
	`content_type` text NOT NULL,
	`file_size_bytes` integer NOT NULL,
	`gps_latitude` real NOT NULL,
	`gps_longitude` real NOT NULL,
	`geo_valid` integer NOT NULL,
	`distance_from_task_meters` integer NOT NULL,
	`device_info` text NOT NULL,
	`status` text NOT NULL,
	`rejection_reason` text,
	`reviewed_at` integer,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `proofs_task` ON `proofs` (`task_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `task_counts` (
	`account_id` text NOT NULL,
	`environment` text NOT NULL,
	`month_start` integer NOT NULL,
	`day` integer NOT NULL,
	`tasks` integer NOT NULL,
	PRIMARY KEY(`account_id`, `environment`, `month_start`, `day`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `task_moves` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`task_id` text NOT NULL,
	`from` text,
	`to` text NOT NULL,
	`actor` text NOT NULL,
	`at` integer NOT NULL,
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `task_moves_task` ON `task_moves` (`task_id`,`seq`);--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`environment` text NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`status_since` integer NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`instructions` text,
	`category` text NOT NULL,
	`required_skills` text NOT NULL,
	`address` text,
	`city` text NOT NULL,
	`state` text NOT NULL,
	`latitude` real NOT NULL,
	`longitude` real NOT NULL,
	`budget_cents` integer NOT NULL,
	`platform_fee_cents` integer NOT NULL,
	`worker_payout_cents` integer NOT NULL,
	`priority` text NOT NULL,
	`deadline` integer,
	`proof_types` text NOT NULL,
	`metadata` text NOT NULL,
	`worker_id` text,
	`proof_attempts` integer NOT NULL,
	`simulated_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `tasks_listing` ON `tasks` (`account_id`,`environment`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `tasks_simulated` ON `tasks` (`simulated_at`);--> statement-breakpoint
CREATE INDEX `tasks_open` ON `tasks` (`environment`,`status`);--> statement-breakpoint
CREATE TABLE `webhook_attempts` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`delivery_seq` integer NOT NULL,
	`attempt_number` integer NOT NULL,
	`at` integer NOT NULL,
	`duration_ms` integer NOT NULL,
	`response_status` integer,
	`error` text,
	FOREIGN KEY (`delivery_seq`) REFERENCES `webhook_deliveries`(`seq`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `webhook_attempts_delivery` ON `webhook_attempts` (`delivery_seq`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`account_id` text NOT NULL,
	`environment` text NOT NULL,
	`task_id` text NOT NULL,
	`event` text NOT NULL,
	`data` text NOT NULL,
	`occurred_at` integer NOT NULL,
	`status` text NOT NULL,
	`attempts` integer NOT NULL,
	`next_attempt_at` integer,
	`delivered_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhook_deliveries_id` ON `webhook_deliveries` (`id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`status`,`next_attempt_at`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_task` ON `webhook_deliveries` (`task_id`,`seq`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_account` ON `webhook_deliveries` (`account_id`,`environment`,`seq`);--> statement-breakpoint
CREATE TABLE `webhook_targets` (
	`account_id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`events` text,
	`secret` blob NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `workers` (
	`id` text PRIMARY KEY NOT NULL,
	`first_name` text NOT NULL,
	`last_name` text NOT NULL,
	`city` text NOT NULL,
	`state` text NOT NULL,
	`latitude` real NOT NULL,
	`longitude` real NOT NULL,
	`skills` text NOT NULL,
	`hourly_rate_cents` integer NOT NULL,
	`reputation_score` integer NOT NULL,
	`status` text NOT NULL,
	`key_prefix` text NOT NULL,
	`key_bcrypt_hash` text NOT NULL,
	`key_verifier` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workers_key_prefix` ON `workers` (`key_prefix`);--> statement-breakpoint
ALTER TABLE `accounts` ADD `company` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `billing_anchor_day` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `rate_windows` ADD `round` integer DEFAULT 0 NOT NULL;