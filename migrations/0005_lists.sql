-- drizzle-kit does not see an order of columns: workflows and runs are made anew by hand, with what may be
-- megabytes last, so that a list need not read through it.
CREATE TABLE `__new_workflows` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`status` text NOT NULL,
	`version` integer NOT NULL,
	`change_summary` text,
	`versioned_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`trigger` text NOT NULL,
	`steps` text NOT NULL,
	`input_schema` text,
	`output_schema` text,
	`settings` text,
	`canvas_state` text,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `__new_workflows` (`id`, `account_id`, `name`, `description`, `status`, `version`, `change_summary`, `versioned_at`, `created_at`, `updated_at`, `trigger`, `steps`, `input_schema`, `output_schema`, `settings`, `canvas_state`)
SELECT `id`, `account_id`, `name`, `description`, `status`, `version`, `change_summary`, `versioned_at`, `created_at`, `updated_at`, `trigger`, `steps`, `input_schema`, `output_schema`, `settings`, `canvas_state` FROM `workflows`;
--> statement-breakpoint
DROP TABLE `workflows`;
--> statement-breakpoint
ALTER TABLE `__new_workflows` RENAME TO `workflows`;
--> statement-breakpoint
CREATE TABLE `__new_runs` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`workflow_id` text NOT NULL,
	`workflow_version` integer NOT NULL,
	`status` text NOT NULL,
	`trigger_type` text NOT NULL,
	`connection_id` text,
	`error` text,
	`idempotency_key` text,
	`request_hash` text,
	`deadline_at` integer,
	`engine_run_id` text,
	`attempt` integer NOT NULL,
	`restarted_from` text,
	`restarted_at_step` text,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`completed_at` integer,
	`trigger` text NOT NULL,
	`input` text NOT NULL,
	`output` text,
	`kept` text NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `__new_runs` (`id`, `account_id`, `workflow_id`, `workflow_version`, `status`, `trigger_type`, `connection_id`, `error`, `idempotency_key`, `request_hash`, `deadline_at`, `engine_run_id`, `attempt`, `restarted_from`, `restarted_at_step`, `created_at`, `started_at`, `completed_at`, `trigger`, `input`, `output`, `kept`)
SELECT `id`, `account_id`, `workflow_id`, `workflow_version`, `status`, `trigger_type`, `connection_id`, `error`, `idempotency_key`, `request_hash`, `deadline_at`, `engine_run_id`, `attempt`, `restarted_from`, `restarted_at_step`, `created_at`, `started_at`, `completed_at`, `trigger`, `input`, `output`, `kept` FROM `runs`;
--> statement-breakpoint
DROP TABLE `runs`;
--> statement-breakpoint
ALTER TABLE `__new_runs` RENAME TO `runs`;
--> statement-breakpoint
CREATE INDEX `workflows_listing` ON `workflows` (`account_id`,`created_at`,`id`,`status`,`name`);--> statement-breakpoint
CREATE INDEX `runs_listing` ON `runs` (`account_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `runs_of_status` ON `runs` (`account_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `runs_of_workflow` ON `runs` (`account_id`,`workflow_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `runs_of_workflow_status` ON `runs` (`account_id`,`workflow_id`,`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `runs_newest` ON `runs` (`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `runs_status` ON `runs` (`status`,`created_at`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `runs_idempotency` ON `runs` (`workflow_id`,`idempotency_key`);--> statement-breakpoint
CREATE INDEX `runs_ended` ON `runs` (`completed_at`) WHERE "runs"."completed_at" is not null;--> statement-breakpoint
CREATE INDEX `runs_active` ON `runs` (`workflow_id`,`trigger_type`) WHERE "runs"."completed_at" is null;--> statement-breakpoint
CREATE INDEX `runs_deadline` ON `runs` (`deadline_at`) WHERE "runs"."completed_at" is null;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due_of` ON `webhook_deliveries` (`status`,`account_id`,`next_attempt_at`);
