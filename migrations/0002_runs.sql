CREATE TABLE `inbound_events` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`source` text NOT NULL,
	`external_id` text,
	`event_type` text,
	`body` text NOT NULL,
	`workflows_triggered` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `inbound_events_external` ON `inbound_events` (`account_id`,`source`,`external_id`);--> statement-breakpoint
CREATE INDEX `inbound_events_age` ON `inbound_events` (`created_at`);--> statement-breakpoint
CREATE TABLE `mock_calls` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`account_id` text NOT NULL,
	`provider` text NOT NULL,
	`action` text NOT NULL,
	`run_id` text NOT NULL,
	`step_id` text NOT NULL,
	`input` text NOT NULL,
	`status` integer NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `mock_calls_id` ON `mock_calls` (`id`);--> statement-breakpoint
CREATE INDEX `mock_calls_listing` ON `mock_calls` (`account_id`,`provider`,`action`,`seq`);--> statement-breakpoint
CREATE INDEX `mock_calls_age` ON `mock_calls` (`created_at`);--> statement-breakpoint
CREATE TABLE `mocks` (
	`account_id` text NOT NULL,
	`provider` text NOT NULL,
	`action` text NOT NULL,
	`output` text NOT NULL,
	`status` integer NOT NULL,
	`delay_ms` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `provider`, `action`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `run_waits` (
	`run_id` text NOT NULL,
	`key` text NOT NULL,
	`kind` text NOT NULL,
	`step_id` text NOT NULL,
	`due_at` integer,
	`request` text,
	`answer` text,
	`delivered` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `key`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `run_waits_due` ON `run_waits` (`delivered`,`due_at`);--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`workflow_version` integer NOT NULL,
	`status` text NOT NULL,
	`trigger_type` text NOT NULL,
	`trigger` text NOT NULL,
	`input` text NOT NULL,
	`connection_id` text,
	`output` text,
	`error` text,
	`idempotency_key` text,
	`request_hash` text,
	`deadline_at` integer,
	`engine_run_id` text,
	`attempt` integer NOT NULL,
	`kept` text NOT NULL,
	`restarted_from` text,
	`restarted_at_step` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`completed_at` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `runs_listing` ON `runs` (`account_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `runs_of_workflow` ON `runs` (`workflow_id`,`created_at`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `runs_idempotency` ON `runs` (`workflow_id`,`idempotency_key`);--> statement-breakpoint
CREATE INDEX `runs_status` ON `runs` (`status`,`deadline_at`);--> statement-breakpoint
CREATE INDEX `runs_ended` ON `runs` (`completed_at`);--> statement-breakpoint
CREATE TABLE `schedules` (
	`workflow_id` text PRIMARY KEY NOT NULL,
	`next_at` integer NOT NULL,
	`last_at` integer,
	`run_count` integer NOT NULL,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `schedules_due` ON `schedules` (`next_at`);--> statement-breakpoint
CREATE TABLE `workflow_secrets` (
	`workflow_id` text NOT NULL,
	`name` text NOT NULL,
	`value` blob NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`workflow_id`, `name`),
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `workflows` ADD `canvas_state` text;