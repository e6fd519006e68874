"""What goes in and out over HTTP about prices, orders and payments. Amounts are text: "150.00"."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.registry_schemas import Word
from api.schemas import Amount, Day, Flag, Short, Strict


class QuoteIn(Strict):
    """What is to be registered, as far as prices depend on it."""

    form: Word = "work"
    category: Word
    applicant: Literal["individual", "organisation"] = "individual"
    series_pieces: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 1
    urgent: Flag = False


class LineOut(BaseModel):
    """`amount` is unit × quantity; below zero it takes something back, and `reason` says why."""

    code: str
    name: str
    unit: Amount
    quantity: int
    amount: Amount
    reason: str


class WaiverOut(BaseModel):
    ground: str
    why: str


class WayOut(BaseModel):
    """`available`: can be chosen here; else its adapter is not configured."""

    way: str
    available: bool


class QuoteOut(BaseModel):
    """`due`: when it is paid; `price_list` names the edition of the fee table for ever."""

    office: str
    price_list: str
    currency: str
    due: str
    lines: list[LineOut]
    total: Amount
    waivers: list[WaiverOut]
    ways: list[WayOut]
    urgent_offered: bool
    invoice: str
    refund_on_refusal: bool
    note: str | None
    sample: bool


class PaymentIn(Strict):
    way: Word


class InvoiceIn(Strict):
    """抬头 title, 统一社会信用代码 of a body, and the e-mail address it goes to."""

    title: Short
    tax_number: Short | None = None
    email: Short


class InvoiceOut(BaseModel):
    """Recorded and shown; making the invoice is the seller's own system's."""

    title: str
    tax_number: str | None
    email: str
    changed_at: datetime


class AskedInvoiceOut(InvoiceOut):
    """An invoice that a payer asks the office for, of an order that was paid."""

    order_id: UUID
    order_number: str
    order_state: str
    order_title: str
    total: Amount
    currency: str
    settled_at: datetime | None


class AskedInvoicePage(BaseModel):
    items: list[AskedInvoiceOut]
    next: str | None


class StartedOut(BaseModel):
    """A payment under way. `page` is opened, `code` is drawn for a telephone to read.

    `trouble` says what differed when the provider told of another payment than was asked for.
    """

    way: str
    state: str
    page: str | None
    code: str | None
    trouble: str | None


class PaidOut(BaseModel):
    """Money that came. `excess` was not owed, and goes back."""

    way: str
    event: str
    amount: Amount
    use: str
    paid_at: datetime


class RefundOut(BaseModel):
    way: str
    amount: Amount
    state: str
    cause: str
    intended_at: datetime
    done_at: datetime | None


class TransferOut(BaseModel):
    """Where to transfer the money, and the remark 作品名+流水号 without which nobody finds it."""

    payee: str
    bank: str
    account: str
    remark: str


class TransferIn(Strict):
    """A line of the bank's statement: `order_number` from its remark, `bank_reference` the bank's
    own number of the movement, the day it came.
    """

    order_number: Annotated[str, Field(pattern=r"^[0-9]{16}$")]
    amount: Short
    received_on: Day
    bank_reference: Short


class TransferredOut(BaseModel):
    """`use`: it settles the order, or it is in excess and goes back. `before`: it was confirmed
    before, and nothing changed.
    """

    order_number: str
    use: str
    before: bool


class TransferRefundIn(Strict):
    bank_reference: Short


class AwaitedTransferOut(BaseModel):
    order_number: str
    total: Amount
    currency: str
    remark: str
    created_at: datetime


class OwedTransferOut(BaseModel):
    refund_id: UUID
    order_number: str
    amount: Amount
    currency: str
    cause: str
    intended_at: datetime


class TransfersOut(BaseModel):
    awaited: list[AwaitedTransferOut]
    owed: list[OwedTransferOut]


class OrderOut(BaseModel):
    """An order; `subject` is what it is for, as in `matter`."""

    id: UUID
    number: str
    state: str
    title: str
    seller: str
    subject: str
    subject_id: UUID
    price_list: str
    currency: str
    total: Amount
    lines: list[LineOut]
    ways: list[WayOut]
    transfer: TransferOut | None
    """Where the order can be paid by bank transfer."""
    started: list[StartedOut]
    payments: list[PaidOut]
    refunds: list[RefundOut]
    invoice_offered: bool
    invoice: InvoiceOut | None
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None


class OrderPage(BaseModel):
    """`to_pay`: how many orders in all can be paid now."""

    items: list[OrderOut]
    to_pay: int
    next: str | None
