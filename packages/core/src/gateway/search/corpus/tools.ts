import { type GatewayTool, qualifiedName } from "../../../tools.ts";

/*
 * The tools that search is measured with: 34 targets as companies have them, written for this project after the kinds of
 * tools that public MCP servers offer. A line is a name, a description and the names of the parameters.
 */
const catalogue: Readonly<Record<string, string>> = {
  GitHub: `
    create_issue | Create a new issue in a repository | owner repo title body labels assignees
    list_issues | List issues of a repository, filtered by state and labels | owner repo state labels since
    add_issue_comment | Add a comment to an existing issue | owner repo issue_number body
    create_pull_request | Open a pull request from one branch into another | owner repo title head base draft
    merge_pull_request | Merge a pull request | owner repo pull_number merge_method
    get_pull_request_diff | Get the diff of a pull request | owner repo pull_number
    request_reviewers | Request reviews of a pull request from users or teams | owner repo pull_number reviewers
    create_branch | Create a new branch in a repository | owner repo branch from_branch
    get_file_contents | Get the contents of a file or directory from a repository | owner repo path ref
    search_code | Search for code across repositories | query language per_page
    list_commits | List the commits of a branch | owner repo sha author
    create_release | Publish a release with notes for a tag | owner repo tag_name notes prerelease`,
  Pipelines: `
    run_workflow | Start a CI workflow on a branch | workflow_id ref inputs
    get_run_status | Get the state of a workflow run and of its jobs | run_id
    cancel_run | Cancel a workflow run that is in progress | run_id
    rerun_failed_jobs | Run the failed jobs of a workflow run again | run_id
    get_job_log | Download the log of a CI job | job_id
    list_artifacts | List the artifacts that a run produced | run_id
    promote_deployment | Promote a build from staging to production | build_id environment
    roll_back_deployment | Return an environment to the build before | environment reason`,
  Jira: `
    create_ticket | Create a ticket in a project | project type summary description priority
    transition_ticket | Move a ticket to another status of its workflow | ticket_key status
    assign_ticket | Assign a ticket to a person | ticket_key assignee
    search_tickets | Find tickets with a JQL query | jql max_results
    link_tickets | Link two tickets as blocking, related or duplicate | from_key to_key link_type
    log_work | Record time spent on a ticket | ticket_key time_spent started
    create_sprint | Create a sprint on a board | board_id name start_date end_date
    add_to_sprint | Put tickets into a sprint | sprint_id ticket_keys
    get_burndown | Get the burndown of a sprint | sprint_id`,
  Confluence: `
    create_page | Create a wiki page in a space | space title body parent_id
    update_page | Replace the content of a wiki page | page_id body version
    search_pages | Full-text search of wiki pages | query space
    get_page | Read a wiki page | page_id format
    add_page_comment | Comment on a wiki page | page_id body
    list_page_history | List the versions of a wiki page | page_id
    restrict_page | Restrict who may view or edit a page | page_id viewers editors`,
  Slack: `
    post_message | Post a message to a channel | channel text thread_ts
    send_direct_message | Send a private message to a person | user text
    list_channels | List the channels of the workspace | cursor limit
    read_channel_history | Read the latest messages of a channel | channel oldest limit
    add_reaction | React to a message with an emoji | channel timestamp emoji
    create_channel | Create a public or private channel | name is_private
    invite_to_channel | Invite people to a channel | channel users
    set_status | Set one's own status text and emoji | status_text status_emoji expiration
    upload_snippet | Share a text snippet in a channel | channel title content
    schedule_message | Schedule a message for later delivery | channel text post_at`,
  Mail: `
    send_email | Send an e-mail to one or more recipients | to cc bcc subject body attachments
    search_messages | Search the mailbox | query from after before
    read_message | Read one e-mail with its headers and body | message_id
    reply_to_message | Reply to an e-mail in its thread | message_id body reply_all
    forward_message | Forward an e-mail to somebody else | message_id to note
    create_draft | Save an e-mail as a draft without sending it | to subject body
    label_message | Put a label on an e-mail | message_id label
    archive_message | Move an e-mail out of the inbox | message_id
    set_vacation_responder | Turn the out-of-office reply on or off | enabled subject body start end
    unsubscribe | Leave a mailing list | message_id`,
  Calendar: `
    create_event | Create a calendar event and invite attendees | title start end attendees location
    find_free_time | Find slots in which all attendees are available | attendees duration_minutes window
    list_events | List the events between two times | calendar from to
    reschedule_event | Move an event to another time | event_id start end
    cancel_event | Cancel an event and notify its attendees | event_id message
    respond_to_invitation | Accept, decline or tentatively accept an invitation | event_id response
    book_room | Reserve a meeting room | room start end
    set_working_hours | Set the hours in which one can be invited | days start end`,
  Drive: `
    upload_file | Upload a file to a folder | folder_id name content mime_type
    download_file | Download the content of a file | file_id
    search_files | Search files by name or content | query owner type
    share_file | Give people access to a file | file_id emails role
    revoke_access | Take away a person's access to a file | file_id email
    create_folder | Create a folder | parent_id name
    move_file | Move a file to another folder | file_id folder_id
    copy_file | Duplicate a file | file_id name
    trash_file | Move a file to the trash | file_id
    list_revisions | List the earlier versions of a file | file_id`,
  Salesforce: `
    create_lead | Create a lead with contact details and source | first_name last_name company email source
    convert_lead | Convert a lead into an account, a contact and an opportunity | lead_id
    update_opportunity | Change the stage, amount or close date of an opportunity | opportunity_id stage amount close_date
    list_opportunities | List the open opportunities of an account | account_id stage
    create_account | Create a customer account | name industry website
    log_activity | Log a call, meeting or e-mail with a contact | contact_id type notes
    run_report | Run a saved sales report | report_id filters
    forecast_pipeline | Forecast the revenue of the quarter from the pipeline | quarter team
    merge_duplicates | Merge duplicate contact records | contact_ids`,
  Support: `
    open_case | Open a support case for a customer | customer_id subject description severity
    reply_to_case | Send a public reply to the customer of a case | case_id body
    add_internal_note | Add a note to a case that customers can't see | case_id note
    escalate_case | Escalate a case to the next support level | case_id reason
    close_case | Close a case with a resolution | case_id resolution
    list_cases | List cases by status, agent or customer | status agent customer_id
    get_satisfaction_scores | Get the satisfaction ratings of closed cases | from to team
    suggest_articles | Suggest help articles for the text of a case | text limit`,
  Payments: `
    create_payment_link | Create a link with which a customer can pay | amount currency description
    refund_charge | Refund a charge in full or in part | charge_id amount reason
    capture_charge | Capture a charge that was authorised before | charge_id amount
    create_subscription | Subscribe a customer to a plan | customer_id price_id trial_days
    cancel_subscription | Cancel a subscription now or at the end of the period | subscription_id at_period_end
    update_card | Replace a customer's payment card | customer_id token
    list_payouts | List payouts to the bank account | status arrival_date
    get_balance | Get the available and pending balance | currency
    dispute_evidence | Submit evidence for a disputed charge | dispute_id evidence
    create_coupon | Create a discount coupon | percent_off duration`,
  Accounting: `
    create_invoice | Create an invoice for a customer | customer_id lines due_date currency
    send_invoice_reminder | Remind a customer of an overdue invoice | invoice_id
    record_expense | Record an expense with its receipt | amount category date receipt
    reconcile_account | Match bank transactions with bookings | account_id from to
    get_profit_and_loss | Get the profit and loss statement of a period | from to
    get_balance_sheet | Get the balance sheet at a date | date
    pay_bill | Pay a supplier's bill | bill_id account_id date
    run_payroll | Run the payroll of a month | month department
    file_vat_return | File the value-added tax return of a period | period
    list_unpaid_invoices | List invoices that are not paid yet | customer_id older_than_days`,
  Shop: `
    search_products | Search the product catalogue | query category max_price
    update_stock | Set the quantity of a product in a warehouse | sku quantity warehouse
    create_order | Place an order for a customer | customer_id items shipping_address
    cancel_order | Cancel an order that has not shipped | order_id reason
    track_shipment | Get the location and the expected delivery of a parcel | tracking_number
    start_return | Start the return of an ordered item | order_id item_id reason
    set_price | Change the price of a product | sku price currency
    create_product | Add a product to the catalogue | title description price images
    list_abandoned_carts | List carts that were left without an order | since
    get_bestsellers | List the products that sell best | from to limit`,
  ObjectStorage: `
    list_buckets | List the storage buckets of the account | region
    put_object | Store an object in a bucket | bucket key body content_type
    get_object | Read an object from a bucket | bucket key version_id
    delete_object | Delete an object from a bucket | bucket key
    create_presigned_url | Create a temporary link to an object | bucket key expires_in
    set_lifecycle_rule | Make objects expire or move to cold storage | bucket prefix days class
    copy_object | Copy an object to another bucket | source_bucket source_key bucket key
    block_public_access | Block all public access to a bucket | bucket`,
  Compute: `
    launch_instance | Launch a virtual machine | image instance_type subnet key_name
    stop_instance | Stop a virtual machine | instance_id
    resize_instance | Change the size of a virtual machine | instance_id instance_type
    list_instances | List virtual machines by state and tag | state tag
    create_snapshot | Take a snapshot of a disk | volume_id description
    attach_volume | Attach a disk to a virtual machine | volume_id instance_id device
    open_port | Allow inbound traffic to a port in a security group | group_id port cidr
    allocate_address | Allocate a static public IP address | region
    get_console_output | Read the console output of a virtual machine | instance_id`,
  Kubernetes: `
    get_pods | List pods of a namespace with their phase | namespace selector
    get_pod_logs | Read the log of a container | namespace pod container tail
    scale_deployment | Set the number of replicas of a deployment | namespace deployment replicas
    restart_deployment | Restart the pods of a deployment one by one | namespace deployment
    apply_manifest | Apply a manifest to the cluster | manifest dry_run
    drain_node | Evict the pods of a node before maintenance | node
    describe_resource | Show the details and events of a resource | kind name namespace
    create_secret | Create a secret in a namespace | namespace name data
    port_forward | Forward a local port to a pod | namespace pod port`,
  Monitoring: `
    query_metrics | Query a metric over a time range | query from to step
    search_logs | Search application logs | query service from to
    create_monitor | Create an alert on a metric threshold | name query threshold notify
    mute_monitor | Silence an alert for a time | monitor_id until
    list_active_alerts | List the alerts that fire now | service severity
    get_trace | Get a distributed trace with its spans | trace_id
    create_dashboard | Create a dashboard of widgets | title widgets
    get_error_budget | Get the remaining error budget of a service level objective | slo_id
    annotate_timeline | Mark a deployment or an incident on the charts | text time tags`,
  OnCall: `
    trigger_incident | Open an incident and page the responders | title service urgency
    acknowledge_incident | Acknowledge an incident to stop the paging | incident_id
    resolve_incident | Mark an incident as resolved | incident_id note
    who_is_on_call | Find out who is on call for a service | service at
    override_schedule | Take over somebody's on-call shift | schedule_id user start end
    page_person | Page a person directly | user message
    write_postmortem | Start a postmortem document for an incident | incident_id
    list_incidents | List incidents of a period | from to status`,
  Database: `
    run_query | Run a read-only SQL query | sql parameters limit
    list_tables | List the tables and views of a schema | schema
    describe_table | Show the columns, types and indexes of a table | table
    explain_query | Show the execution plan of a query | sql analyze
    insert_rows | Insert rows into a table | table rows
    update_rows | Update rows that match a condition | table set where
    create_index | Create an index on columns of a table | table columns unique
    kill_session | End a session that blocks others | session_id
    back_up_database | Back up a database to storage | database destination
    restore_backup | Restore a database from a backup | backup_id target`,
  Warehouse: `
    run_analytics_query | Run an analytical SQL query in the data warehouse | sql warehouse
    load_data | Load files from storage into a table | table location format
    create_view | Create a view over a query | name sql
    list_datasets | List data sets with their owners and freshness | domain
    get_lineage | Show from which tables a column is derived | table column
    schedule_job | Schedule a transformation job | job cron
    check_data_quality | Run quality checks on a table | table checks
    export_results | Export a query's results to a file | query_id format`,
  FileSystem: `
    read_file | Read a text file | path
    write_file | Write a text file, replacing what was there | path content
    edit_file | Replace parts of a text file | path edits dry_run
    list_directory | List files and folders of a directory | path
    make_directory | Create a directory with its parents | path
    rename_path | Rename or move a file or directory | from to
    find_files | Find files whose names match a pattern | path pattern
    file_info | Get the size, dates and permissions of a file | path
    compress_files | Pack files into a zip archive | paths archive
    extract_archive | Unpack an archive | archive destination`,
  Browser: `
    navigate | Open a web page in the browser | url
    click | Click an element of the page | selector
    fill_form | Type values into the fields of a form | fields
    take_screenshot | Capture an image of the page | full_page
    get_page_text | Get the readable text of the page | selector
    wait_for_element | Wait until an element appears | selector timeout
    print_to_pdf | Save the page as a PDF document | landscape
    go_back | Return to the page before | steps
    evaluate_script | Run JavaScript in the page | script`,
  WebSearch: `
    web_search | Search the web and return the best results | query count language
    news_search | Search recent news articles | query from
    image_search | Find pictures on the web | query size license
    fetch_page | Fetch a web page as text | url max_length
    summarize_page | Summarise a web page in a few sentences | url sentences
    find_scholarly_articles | Find scientific papers with their abstracts | query year author
    look_up_patent | Look up a patent by number or topic | query`,
  Maps: `
    geocode_address | Turn an address into coordinates | address
    reverse_geocode | Turn coordinates into an address | latitude longitude
    get_directions | Get a route between two places | origin destination mode avoid
    travel_time_matrix | Get travel times between many places | origins destinations mode
    find_places_nearby | Find places of a kind around a location | location kind radius
    get_place_details | Get the opening hours, ratings and phone number of a place | place_id
    get_elevation | Get the height above sea level | latitude longitude
    get_time_zone | Get the time zone of a place | latitude longitude`,
  Weather: `
    get_current_weather | Get the present temperature, wind and rain at a place | city
    get_forecast | Get the weather of the coming days | city days
    get_severe_weather_alerts | Get storm, flood and heat warnings | region
    get_air_quality | Get the air quality index and its pollutants | city
    get_historical_weather | Get the weather of a day in the past | city date
    get_tide_times | Get high and low water at a coast | station date
    get_pollen_count | Get the pollen load by plant | city`,
  Travel: `
    search_flights | Search flights between airports | origin destination date passengers cabin
    book_flight | Book a flight for passengers | offer_id passengers payment
    check_in | Check a passenger in and get the boarding pass | booking_reference last_name
    change_seat | Choose another seat on a booked flight | booking_reference seat
    search_hotels | Search hotels in a city | city check_in check_out guests stars
    book_hotel | Book a hotel room | hotel_id check_in check_out guest
    cancel_booking | Cancel a trip booking and get the refund terms | booking_reference
    rent_car | Rent a car at a location | location from to class
    get_visa_requirements | Find out whether a traveller needs a visa | nationality destination
    flight_status | Get delays, gate and terminal of a flight | flight_number date`,
  Claims: `
    file_claim | File an insurance claim for a policyholder | policy_number incident_date description amount
    get_claim_status | Get where a claim stands | claim_id
    approve_claim | Approve the payment of a claim | claim_id amount
    reject_claim | Reject a claim with a reason | claim_id reason
    assign_adjuster | Assign a loss adjuster to a claim | claim_id adjuster
    upload_claim_photo | Attach a photo of the damage to a claim | claim_id image
    estimate_repair_cost | Estimate the cost of a repair from photos | images vehicle
    detect_fraud | Score how likely a claim is fraudulent | claim_id
    schedule_inspection | Schedule the inspection of a damaged property | claim_id date address`,
  Underwriting: `
    create_application | Create an insurance application | applicant_region coverage_amount
    invoke_risk_model | Run the risk model for an application | API_classification data_governance_approval
    approve_underwriting | Approve the underwriting of an application | claim_amount risk_level
    quote_premium | Calculate the premium of a cover | product coverage_amount age
    order_medical_exam | Order a medical examination of an applicant | application_id provider
    check_sanctions | Check a person or company against sanctions lists | name country
    issue_policy_document | Issue the policy document of an approved application | application_id
    renew_cover | Renew an insurance cover for another year | policy_number`,
  People: `
    request_leave | Request vacation or sick leave | employee_id type from to
    approve_leave | Approve or decline a leave request | request_id decision
    get_org_chart | Get who reports to whom | employee_id depth
    onboard_employee | Start the onboarding of a new employee | name role start_date manager
    offboard_employee | End an employment and collect equipment | employee_id last_day
    change_salary | Change the salary of an employee | employee_id amount effective_date
    post_job | Publish a vacancy | title description location
    schedule_interview | Schedule an interview with a candidate | candidate_id interviewers slot
    submit_review | Submit a performance review | employee_id rating comments
    enroll_benefits | Enrol an employee in health or pension plans | employee_id plan`,
  Directory: `
    create_user | Create a user account in the directory | email first_name last_name
    deactivate_user | Deactivate a user account | user_id
    reset_password | Reset a user's password and send a link | user_id
    reset_mfa | Remove a user's second factors so that new ones can be enrolled | user_id
    add_to_group | Add a user to a group | user_id group_id
    remove_from_group | Remove a user from a group | user_id group_id
    assign_application | Give a user access to an application | user_id app_id
    list_sign_in_events | List sign-ins with place and outcome | user_id from to
    revoke_sessions | End all sessions of a user | user_id`,
  Documents: `
    extract_text | Extract text from a scanned document by OCR | file language
    convert_document | Convert a document to another format | file to
    merge_pdfs | Join several PDF files into one | files
    split_pdf | Split a PDF file by pages | file ranges
    redact_document | Black out personal data in a document | file categories
    fill_template | Fill a document template with values | template_id values
    request_signature | Send a document for electronic signature | file signers
    compare_documents | Show what differs between two documents | first second
    classify_document | Find out what kind of document a file is | file`,
  Language: `
    translate_text | Translate text into another language | text target_language
    detect_language | Detect the language of a text | text
    transcribe_audio | Turn speech in an audio file into text | file language
    synthesize_speech | Read a text aloud as an audio file | text voice
    analyze_sentiment | Find out whether a text is positive or negative | text
    extract_entities | Find names of people, places and companies in a text | text
    check_grammar | Find spelling and grammar mistakes | text language
    moderate_content | Detect insults, threats and adult content | text`,
  Images: `
    generate_image | Generate a picture from a description | prompt size style
    resize_image | Scale a picture to another size | image width height
    crop_image | Cut out a part of a picture | image box
    remove_background | Make the background of a picture transparent | image
    describe_image | Describe in words what a picture shows | image
    detect_faces | Find faces in a picture | image
    read_barcode | Read a barcode or QR code from a picture | image
    convert_image | Convert a picture between PNG, JPEG and WebP | image format`,
  Markets: `
    get_stock_quote | Get the latest price of a share | symbol
    get_price_history | Get the daily prices of a share | symbol from to
    get_exchange_rate | Get the exchange rate of two currencies | base quote date
    place_trade | Place an order to buy or sell shares | symbol side quantity limit_price
    get_portfolio | Get the positions of a portfolio and their value | portfolio_id
    get_company_financials | Get revenue, earnings and debt of a company | symbol year
    set_price_alert | Be told when a share reaches a price | symbol price
    screen_stocks | Find shares by valuation, size and sector | filters`,
  Devices: `
    turn_on_light | Turn a lamp on | room brightness
    set_thermostat | Set the temperature of a room | room temperature
    lock_door | Lock or unlock a door | door action
    start_vacuum | Send the robot vacuum to clean a room | room
    get_sensor_reading | Read a sensor such as humidity, motion or smoke | sensor_id
    arm_alarm | Arm the burglar alarm | mode
    play_music | Play music on a speaker | speaker query
    show_camera | Show the live picture of a camera | camera_id`,
};

function targetNamed(name: string): NonNullable<GatewayTool["target"]> {
  return {
    gatewayId: "corpus",
    targetId: name,
    name,
    targetConfiguration: { mcp: { mcpServer: { endpoint: `https://${name.toLowerCase()}.example.com/mcp` } } },
    credentialProviderConfigurations: [],
    status: "READY",
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
  };
}

function toolOf(target: NonNullable<GatewayTool["target"]>, line: string): GatewayTool {
  const [name = "", description = "", parameters = ""] = line.split("|").map((part) => part.trim());
  const properties = Object.fromEntries(parameters.split(" ").map((parameter) => [parameter, { type: "string" }]));
  return {
    name: qualifiedName(target.name, name),
    target,
    description: { name, description, inputSchema: { type: "object", properties } },
  };
}

/** All tools of the corpus, under their qualified names. */
export const corpusTools: readonly GatewayTool[] = Object.entries(catalogue).flatMap(([name, lines]) => {
  const target = targetNamed(name);
  return lines
    .trim()
    .split("\n")
    .map((line) => toolOf(target, line));
});
