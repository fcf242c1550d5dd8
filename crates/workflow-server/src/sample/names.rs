//! Who and what there is in the sample practice.

/// The people: key and name. All but the last are linked to a member of XPM's staff.
pub(super) const PEOPLE: [(&str, &str); 12] = [
    ("grace", "Grace Nguyen"),
    ("marcus", "Marcus Bell"),
    ("priya", "Priya Raman"),
    ("tom", "Tom Fletcher"),
    ("sofia", "Sofia Marino"),
    ("daniel", "Daniel O'Connor"),
    ("mei", "Mei Chen"),
    ("liam", "Liam Petrov"),
    ("hannah", "Hannah Schultz"),
    ("yusuf", "Yusuf Demir"),
    ("ella", "Ella Whitfield"),
    ("jordan", "Jordan Blake"),
];

/// The job templates and their tasks. The last is listed in the file and is gone from XPM.
pub(super) const TEMPLATES: [(&str, &[&str]); 13] = [
    ("BAS", &["Reconcile bank", "Check GST codes", "Lodge BAS"]),
    (
        "Bookkeeping",
        &["Code transactions", "Reconcile bank", "Chase queries"],
    ),
    (
        "Payroll",
        &["Collect timesheets", "Process pay run", "File with the ATO"],
    ),
    (
        "Annual accounts",
        &[
            "Request records",
            "Prepare workpapers",
            "Draft accounts",
            "Review",
        ],
    ),
    (
        "Company tax return",
        &["Prepare return", "Review", "Sign-off by client", "Lodge"],
    ),
    (
        "Individual tax return",
        &["Prepare return", "Review", "Lodge"],
    ),
    (
        "FBT return",
        &["Collect vehicle logs", "Prepare return", "Lodge"],
    ),
    (
        "Management report",
        &["Close month", "Prepare report", "Meet client"],
    ),
    (
        "Quarterly advisory",
        &["Prepare agenda", "Meet client", "Write up actions"],
    ),
    (
        "ASIC annual review",
        &["Check company details", "Pay the fee", "File resolution"],
    ),
    (
        "Onboarding",
        &["Engagement letter", "Add as tax agent", "Set up ledger"],
    ),
    ("Quality check", &["Partner review"]),
    ("Old FBT checklist", &["Collect vehicle logs"]),
];

pub(super) const BAS: usize = 0;
pub(super) const BOOKKEEPING: usize = 1;
pub(super) const PAYROLL: usize = 2;
pub(super) const ACCOUNTS: usize = 3;
pub(super) const COMPANY_TAX: usize = 4;
pub(super) const PERSONAL_TAX: usize = 5;
pub(super) const FBT: usize = 6;
pub(super) const REPORT: usize = 7;
pub(super) const ADVISORY: usize = 8;
pub(super) const ASIC: usize = 9;
pub(super) const ONBOARDING: usize = 10;
pub(super) const QUALITY: usize = 11;
/// Listed in the practice file, and gone from XPM.
pub(super) const RETIRED: usize = 12;

pub(super) const CATEGORIES: [&str; 5] = [
    "Compliance",
    "Bookkeeping",
    "Payroll",
    "Advisory",
    "Company secretarial",
];

/// The clients: name and the month in which the financial year ends.
pub(super) const CLIENTS: [(&str, u8); 40] = [
    ("Harbour Café Pty Ltd", 6),
    ("Smith & Sons Builders Pty Ltd", 6),
    ("O'Brien's Bakery", 6),
    ("Yarra Valley Vineyards Pty Ltd", 6),
    ("Bendigo Dental Group", 6),
    ("Whitfield Family Trust", 6),
    ("Mudgee Motors Pty Ltd", 6),
    ("Fremantle Fisheries Pty Ltd", 12),
    ("Noosa Physiotherapy", 6),
    ("Gippsland Joinery Pty Ltd", 6),
    ("Barossa Bottling Co", 6),
    ("Dandenong Electrical Services", 6),
    ("Coral Bay Motel Trust", 6),
    ("Kensington Books", 6),
    ("Merri Creek Landscapes", 6),
    ("Northcote Veterinary Clinic", 6),
    ("100% Merino Pty Ltd", 6),
    ("\"The Shed\" Community Inc.", 12),
    ("A<B Analytics Pty Ltd", 6),
    ("Ōtautahi Coffee Roasters NZ", 3),
    ("Ballarat Roofing Pty Ltd", 6),
    ("Chen Family Superannuation Fund", 6),
    ("Port Fairy Seafood", 6),
    ("Geelong Orthotics Pty Ltd", 6),
    ("Sunbury Transport Pty Ltd", 6),
    ("Castlemaine Cycles", 6),
    ("Echuca Houseboats Pty Ltd", 6),
    ("Warrnambool Dairy Partnership", 6),
    ("Brunswick Ceramics", 6),
    ("Hepburn Springs Spa Pty Ltd", 6),
    ("Lorne Surf School", 6),
    ("Mallee Grain Holdings", 9),
    ("Ringwood Hardware Pty Ltd", 6),
    ("Torquay Architects", 6),
    ("Wodonga Engineering Pty Ltd", 6),
    ("Ararat Solar Pty Ltd", 6),
    ("Bright Alpine Lodges", 6),
    ("Daylesford Organics Pty Ltd", 6),
    ("Elwood Design Studio", 6),
    ("Frankston Marine Pty Ltd", 6),
];
