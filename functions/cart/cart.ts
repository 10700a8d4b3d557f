import { type ActorRef, type Behavior, Behaviors, type CommandContext, entity } from 'tailfold'

export type CartItem = { sku: string; quantity: number; unitPrice: number }

export type Receipt = { total: number; items: readonly CartItem[]; checkedOutAt: number }

export type CartState =
  | { status: 'empty' }
  | { status: 'active'; items: readonly CartItem[] }
  | { status: 'checked-out'; receipt: Receipt }

export type CartEvent =
  | { type: 'ItemAdded'; item: CartItem }
  | { type: 'ItemRemoved'; sku: string }
  | { type: 'CheckedOut'; receipt: Receipt }

export type CartCommand =
  | { type: 'AddItem'; sku: string; quantity: number; unitPrice: number }
  | { type: 'RemoveItem'; sku: string }
  | { type: 'CheckOut'; replyTo: ActorRef<Receipt> }

/** A shopping cart: empty, then active, then checked out for good. Checking out twice gives the same receipt. */
export const cart = entity({
  entityType: 'cart',
  initialState: { status: 'empty' },
  onEvent(state: CartState, event: CartEvent): CartState {
    switch (event.type) {
      case 'ItemAdded': {
        const others = itemsOf(state).filter((item) => item.sku !== event.item.sku)
        const before = itemsOf(state).find((item) => item.sku === event.item.sku)?.quantity ?? 0
        return {
          status: 'active',
          items: [...others, { ...event.item, quantity: before + event.item.quantity }],
        }
      }
      case 'ItemRemoved': {
        const items = itemsOf(state).filter((item) => item.sku !== event.sku)
        return items.length === 0 ? { status: 'empty' } : { status: 'active', items }
      }
      case 'CheckedOut':
        return { status: 'checked-out', receipt: event.receipt }
    }
  },
  async onCommand(ctx, state, command: CartCommand) {
    switch (command.type) {
      case 'AddItem': {
        if (state.status === 'checked-out') return Behaviors.rejected('the cart is checked out')
        const { sku, quantity, unitPrice } = command
        if (typeof sku !== 'string' || sku === '') return Behaviors.rejected('sku must be a text')
        if (!isCount(quantity) || quantity === 0)
          return Behaviors.rejected('quantity must be a positive whole number')
        if (!isCount(unitPrice)) return Behaviors.rejected('unitPrice must be a whole number of cents')
        return Behaviors.persisted({ events: [{ type: 'ItemAdded', item: { sku, quantity, unitPrice } }] })
      }
      case 'RemoveItem': {
        if (state.status === 'checked-out') return Behaviors.rejected('the cart is checked out')
        const { sku } = command
        if (!itemsOf(state).some((item) => item.sku === sku))
          return Behaviors.rejected('no such item', { sku })
        return Behaviors.persisted({ events: [{ type: 'ItemRemoved', sku }] })
      }
      case 'CheckOut':
        return checkOut(ctx, state, command.replyTo)
      default:
        return Behaviors.unhandled()
    }
  },
})

function checkOut(
  ctx: CommandContext,
  state: CartState,
  replyTo: ActorRef<Receipt>,
): Behavior<CartEvent, CartState> {
  switch (state.status) {
    case 'empty':
      return Behaviors.rejected('the cart is empty')
    case 'checked-out':
      replyTo.tell(state.receipt)
      return Behaviors.same()
    case 'active': {
      const { items } = state
      const total = items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0)
      const receipt = { total, items, checkedOutAt: ctx.now }
      replyTo.tell(receipt)
      return Behaviors.persisted({ events: [{ type: 'CheckedOut', receipt }] })
    }
  }
}

function itemsOf(state: CartState): readonly CartItem[] {
  return state.status === 'active' ? state.items : []
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
