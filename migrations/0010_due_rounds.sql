-- A column that may not be null has to be filled: run_waits and schedules are made anew by hand.
DROP INDEX `tasks_deadlines`;--> statement-breakpoint
DROP INDEX `tasks_simulated`;--> statement-breakpoint
CREATE INDEX `tasks_simulated_of` ON `tasks` (`account_id`,`simulated_at`) WHERE simulated_at is not null;--> statement-breakpoint
CREATE INDEX `tasks_deadline` ON `tasks` (`deadline`) WHERE deadline is not null and simulated_at is null
    and status in ('pending', 'funded', 'posted', 'assigned', 'in_progress', 'proof_rejected');--> statement-breakpoint
CREATE INDEX `tasks_deadline_of` ON `tasks` (`account_id`,`deadline`) WHERE deadline is not null and simulated_at is null
    and status in ('pending', 'funded', 'posted', 'assigned', 'in_progress', 'proof_rejected');--> statement-breakpoint
CREATE INDEX `tasks_simulated` ON `tasks` (`simulated_at`) WHERE simulated_at is not null;--> statement-breakpoint
CREATE TABLE `__new_run_waits` (
	`run_id` text NOT NULL,
	`account_id` text NOT NULL,
	`key` text NOT NULL,
	`kind` text NOT NULL,
	`step_id` text NOT NULL,
	`due_at` integer,
	`request` text,
	`answer` text,
	`delivered` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `key`),
	FOREIGN KEY (`run_id`) REFERENCES `runs`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `__new_run_waits` (`run_id`, `account_id`, `key`, `kind`, `step_id`, `due_at`, `request`, `answer`, `delivered`, `created_at`)
SELECT `run_id`, `runs`.`account_id`, `key`, `kind`, `step_id`, `due_at`, `request`, `answer`, `delivered`, `run_waits`.`created_at` FROM `run_waits` JOIN `runs` ON `runs`.`id` = `run_id`;
--> statement-breakpoint
DROP TABLE `run_waits`;--> statement-breakpoint
ALTER TABLE `__new_run_waits` RENAME TO `run_waits`;--> statement-breakpoint
CREATE INDEX `run_waits_due_of` ON `run_waits` (`account_id`,`due_at`) WHERE delivered = 0 and due_at is not null;--> statement-breakpoint
CREATE INDEX `run_waits_due` ON `run_waits` (`due_at`) WHERE delivered = 0 and due_at is not null;--> statement-breakpoint
DROP INDEX `runs_deadline`;--> statement-breakpoint
CREATE INDEX `runs_deadline_of` ON `runs` (`account_id`,`deadline_at`) WHERE completed_at is null and deadline_at is not null;--> statement-breakpoint
CREATE INDEX `runs_deadline` ON `runs` (`deadline_at`) WHERE completed_at is null and deadline_at is not null;--> statement-breakpoint
CREATE TABLE `__new_schedules` (
	`workflow_id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`next_at` integer NOT NULL,
	`last_at` integer,
	`run_count` integer NOT NULL,
	FOREIGN KEY (`workflow_id`) REFERENCES `workflows`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `__new_schedules` (`workflow_id`, `account_id`, `next_at`, `last_at`, `run_count`)
SELECT `workflow_id`, `workflows`.`account_id`, `next_at`, `last_at`, `run_count` FROM `schedules` JOIN `workflows` ON `workflows`.`id` = `workflow_id`;
--> statement-breakpoint
DROP TABLE `schedules`;--> statement-breakpoint
ALTER TABLE `__new_schedules` RENAME TO `schedules`;--> statement-breakpoint
CREATE INDEX `schedules_due` ON `schedules` (`next_at`);--> statement-breakpoint
CREATE INDEX `schedules_due_of` ON `schedules` (`account_id`,`next_at`);