/** What somebody looks for, and the tools that would do it: any of them found is a hit, all of them found is a recall of 1. */
export interface LabelledQuery {
  readonly query: string;
  readonly relevant: readonly string[];
}

/*
 * Written from the tasks of people, before any ranking was tried, and never changed after: some in the words of the tools,
 * more in others.
 */
const lines = `
open a bug for the login crash in our repo | GitHub___create_issue Jira___create_ticket
what issues are open in this repository | GitHub___list_issues
leave a comment on issue 42 | GitHub___add_issue_comment
open a PR from my feature branch | GitHub___create_pull_request
merge the PR | GitHub___merge_pull_request
show me what changed in the pull request | GitHub___get_pull_request_diff
ask Dana to review my change | GitHub___request_reviewers
where in our code is parseConfig used | GitHub___search_code
publish version 2.1 with release notes | GitHub___create_release
read the README of the project | GitHub___get_file_contents
kick off the nightly build | Pipelines___run_workflow
did the build pass | Pipelines___get_run_status
why did the CI job fail | Pipelines___get_job_log
retry the broken jobs | Pipelines___rerun_failed_jobs
go back to the previous deployment, production is broken | Pipelines___roll_back_deployment
ship the staging build to prod | Pipelines___promote_deployment
move PROJ-12 to done | Jira___transition_ticket
give this ticket to Anna | Jira___assign_ticket
I spent three hours on PROJ-9 | Jira___log_work
find all tickets assigned to me | Jira___search_tickets
start a new sprint on Monday | Jira___create_sprint
how are we doing in this sprint | Jira___get_burndown
mark one ticket as blocked by another | Jira___link_tickets
write a wiki page about the release process | Confluence___create_page
find documentation about onboarding | Confluence___search_pages
who changed this wiki page and when | Confluence___list_page_history
only managers may read this page | Confluence___restrict_page
tell the team channel that we are live | Slack___post_message
message Bob privately | Slack___send_direct_message
what was said in #general today | Slack___read_channel_history
thumbs up on that message | Slack___add_reaction
add Eve to the project channel | Slack___invite_to_channel
post this tomorrow at nine in the channel | Slack___schedule_message
email the contract to the customer | Mail___send_email
look for mails from the bank last week | Mail___search_messages
answer this email and keep everybody in copy | Mail___reply_to_message
pass this mail on to accounting | Mail___forward_message
I am on holiday next week, set up an auto-reply | Mail___set_vacation_responder
stop getting this newsletter | Mail___unsubscribe
schedule a meeting with Tom on Tuesday | Calendar___create_event
when are we all free for an hour | Calendar___find_free_time
what is on my agenda today | Calendar___list_events
postpone the meeting by a day | Calendar___reschedule_event
call off the meeting on Friday | Calendar___cancel_event
reserve a conference room for ten people | Calendar___book_room
decline the invitation | Calendar___respond_to_invitation
give Mia edit access to the spreadsheet | Drive___share_file
remove a contractor's access to our document | Drive___revoke_access
find the slides about pricing | Drive___search_files
get an older version of this file | Drive___list_revisions
save this report in the finance folder | Drive___upload_file
add a prospect from the trade fair to the CRM | Salesforce___create_lead
the deal is now worth 50,000 and closes in June | Salesforce___update_opportunity
how much revenue do we expect this quarter | Salesforce___forecast_pipeline
note down my phone call with the customer | Salesforce___log_activity
the same contact exists twice | Salesforce___merge_duplicates
customer has a problem, open a support ticket | Support___open_case
this case needs second level support | Support___escalate_case
how happy are customers with our support | Support___get_satisfaction_scores
which help center articles fit this question | Support___suggest_articles
give the customer their money back | Payments___refund_charge
cancel the customer's monthly plan | Payments___cancel_subscription
send a payment link for 30 euros | Payments___create_payment_link
the customer's credit card has expired, replace it | Payments___update_card
how much money is in our account at the payment provider | Payments___get_balance
make a 20 percent off promo code | Payments___create_coupon
respond to a chargeback | Payments___dispute_evidence
bill a client for consulting | Accounting___create_invoice
who still owes us money | Accounting___list_unpaid_invoices
remind them that the invoice is overdue | Accounting___send_invoice_reminder
enter my taxi receipt | Accounting___record_expense
did we make a profit last year | Accounting___get_profit_and_loss
pay the salaries for March | Accounting___run_payroll
pay the supplier | Accounting___pay_bill
where is my parcel | Shop___track_shipment
customer wants to send the shoes back | Shop___start_return
how many items are in stock: set it to 40 | Shop___update_stock
lower the price of the jacket | Shop___set_price
which articles sold most last month | Shop___get_bestsellers
make a link to the backup file that expires in an hour | ObjectStorage___create_presigned_url
save a JSON document in the bucket | ObjectStorage___put_object
move old logs to cheap storage after 90 days | ObjectStorage___set_lifecycle_rule
make sure the bucket is not public | ObjectStorage___block_public_access
start a new server | Compute___launch_instance
shut down the VM | Compute___stop_instance
the machine needs more memory, make it bigger | Compute___resize_instance
allow https traffic through the firewall | Compute___open_port
back up the disk of the server | Compute___create_snapshot
which pods are crashing | Kubernetes___get_pods
show the container's log | Kubernetes___get_pod_logs
run five replicas of the web service | Kubernetes___scale_deployment
take the node out for maintenance | Kubernetes___drain_node
deploy this yaml to the cluster | Kubernetes___apply_manifest
what was the CPU usage over the last hour | Monitoring___query_metrics
find error messages of the checkout service in the logs | Monitoring___search_logs
notify me when latency exceeds one second | Monitoring___create_monitor
silence the alert during the maintenance | Monitoring___mute_monitor
follow one request through all services | Monitoring___get_trace
is anything on fire right now | Monitoring___list_active_alerts
who is on duty tonight | OnCall___who_is_on_call
wake up the database team, the site is down | OnCall___trigger_incident OnCall___page_person
take my shift on Saturday | OnCall___override_schedule
the outage is over | OnCall___resolve_incident
how many customers signed up last week, look in the database | Database___run_query Warehouse___run_analytics_query
which columns does the orders table have | Database___describe_table
why is this SQL slow | Database___explain_query
make lookups by email faster | Database___create_index
restore yesterday's database | Database___restore_backup
where does this column come from | Warehouse___get_lineage
run the transformation every night | Warehouse___schedule_job
open the config file and show me what's in it | FileSystem___read_file
find all .ts files below src | FileSystem___find_files
unzip the download | FileSystem___extract_archive
how big is this file | FileSystem___file_info
go to example.com | Browser___navigate
take a picture of the web page | Browser___take_screenshot
fill in the registration form | Browser___fill_form
google the latest TypeScript version | WebSearch___web_search
what do the newspapers say about the election | WebSearch___news_search
find papers about protein folding | WebSearch___find_scholarly_articles
how do I drive from Berlin to Hamburg | Maps___get_directions
coordinates of 10 Downing Street | Maps___geocode_address
is there a pharmacy close by | Maps___find_places_nearby
when does the museum open | Maps___get_place_details
will it rain tomorrow | Weather___get_forecast
how hot is it in Madrid now | Weather___get_current_weather
is a hurricane coming | Weather___get_severe_weather_alerts
find a cheap plane ticket to Lisbon | Travel___search_flights
reserve a hotel room in Rome for two nights | Travel___book_hotel Travel___search_hotels
is my plane late | Travel___flight_status
I want a window seat | Travel___change_seat
do I need a visa for Japan | Travel___get_visa_requirements
my car was hit, report it to the insurance | Claims___file_claim
what happened to my insurance claim | Claims___get_claim_status
deny the claim because the policy had lapsed | Claims___reject_claim
does this claim look suspicious | Claims___detect_fraud
what will the repair of the car cost | Claims___estimate_repair_cost
how much would life insurance cost for a 40 year old | Underwriting___quote_premium
apply for coverage of one million | Underwriting___create_application
is this company on a sanctions list | Underwriting___check_sanctions
assess the risk of the applicant | Underwriting___invoke_risk_model
I'd like two weeks off in July | People___request_leave
who is Peter's boss | People___get_org_chart
a new colleague starts on Monday | People___onboard_employee
give her a raise | People___change_salary
advertise an open position | People___post_job
a user forgot their password | Directory___reset_password
employee lost their phone with the authenticator | Directory___reset_mfa
lock the account of someone who left | Directory___deactivate_user People___offboard_employee
give Sam access to the payroll app | Directory___assign_application
log the user out everywhere | Directory___revoke_sessions
read the text in this scan | Documents___extract_text
turn the Word file into a PDF | Documents___convert_document
get the contract signed electronically | Documents___request_signature
remove names and addresses from the document | Documents___redact_document
combine these PDFs | Documents___merge_pdfs
say this in Spanish | Language___translate_text
type out the recording of the meeting | Language___transcribe_audio
are the reviews positive | Language___analyze_sentiment
proofread my letter | Language___check_grammar
draw a cat wearing a hat | Images___generate_image
make the photo smaller | Images___resize_image
what can be seen in this photo | Images___describe_image
scan the QR code | Images___read_barcode
how is the Apple stock doing | Markets___get_stock_quote Markets___get_price_history
buy 10 shares of Siemens | Markets___place_trade
how many dollars is one euro | Markets___get_exchange_rate
how are my investments doing | Markets___get_portfolio
switch on the lamp in the kitchen | Devices___turn_on_light
make it warmer in the living room | Devices___set_thermostat
is the front door locked, otherwise lock it | Devices___lock_door
clean the floor | Devices___start_vacuum
`;

/** The queries with what they should find. */
export const corpusQueries: readonly LabelledQuery[] = lines
  .trim()
  .split("\n")
  .map((line) => {
    const [query = "", relevant = ""] = line.split("|");
    return { query: query.trim(), relevant: relevant.trim().split(" ") };
  });
